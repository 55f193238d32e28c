// What the page knows: people, chats, messages, and who speaks where. Everything else reads from here and listens.

import * as api from "./api.js";

const WINDOW = 60;
const RESYNC = 100;
const MOST_READS = 5;

export const store = {
  me: null, bot: null, people: new Map(), chats: new Map(), demo: [], privacy: false, commands: [],
  chatId: null, topicId: null, connected: true,
  /** chat id → { list: messages by id, complete: no older ones, loaded } */
  history: new Map(),
  /** chat id → messages on their way */
  pending: new Map(),
  /** chat id → { key of topic: count } */
  unread: new Map(),
  /** where "new messages" begins in the open chat */
  unreadFrom: null,
};

/** chat id → how many events it has had */
const happened = new Map();
const touch = (chatId) => happened.set(chatId, (happened.get(chatId) ?? 0) + 1);

const listeners = new Map();
const waiting = new Set();

/** Calls `listener` after a change of that kind: state, messages, unread, open, action. */
export function on(kind, listener) {
  listeners.set(kind, [...(listeners.get(kind) ?? []), listener]);
}

/** Announces a change; several of one kind in a row are announced once. */
export function changed(...kinds) {
  for (const kind of kinds) {
    if (!waiting.size) queueMicrotask(announce);
    waiting.add(kind);
  }
}

function announce() {
  const kinds = [...waiting];
  waiting.clear();
  for (const kind of kinds) for (const listener of listeners.get(kind) ?? []) listener();
}

export const currentChat = () => store.chats.get(store.chatId) ?? null;
export const me = () => store.people.get(store.me) ?? null;
export const isMember = (chat) => chat.type === "private" || chat.members.includes(store.me);
export const isAdmin = (chat, user = store.me) =>
  (chat.admins ?? []).includes(user) || (user === store.bot.id && chat.bot_status === "administrator");
export const threadOf = (message) => (message.is_topic_message ? message.message_thread_id : null) ?? 1;
export const messagesOf = (chatId) => store.history.get(chatId)?.list ?? [];
export const pendingOf = (chatId) => store.pending.get(chatId) ?? [];

/** The messages of the open chat, or of its open topic. */
export function shownMessages() {
  const list = messagesOf(store.chatId);
  return currentChat()?.is_forum ? list.filter((m) => threadOf(m) === (store.topicId ?? 1)) : list;
}

export const findMessage = (chatId, messageId) => messagesOf(chatId).find((m) => m.message_id === messageId);

/** Whether the speaker wrote it (a post in a channel is the channel's). */
export const isMine = (message) => message.from?.id === store.me && !message.sender_chat;

/** Reads the state as the given person sees it. */
export async function loadState(as = store.me) {
  const state = await api.getState(as).catch((error) => {
    if (error instanceof api.ApiError && as) return api.getState(); // nobody we know: the first person speaks
    throw error;
  });
  store.bot = state.bot;
  store.people = new Map(state.people.map((person) => [person.id, person]));
  store.me = store.people.has(as) ? as : state.people[0].id;
  store.chats = new Map(state.chats.filter((chat) => visible(chat)).map((chat) => [chat.id, chat]));
  store.demo = state.demo ?? [];
  store.privacy = Boolean(state.privacy);
  changed("state");
}

function visible(chat) {
  return chat.type === "private" ? chat.id === store.me : chat.members.includes(store.me);
}

/** Reads the newest messages of a chat, unless they are here already. */
export async function loadMessages(chatId) {
  if (!store.history.get(chatId)?.loaded) await readNewest(chatId, WINDOW);
}

/** An answer that was on its way while something happened in the chat may be older than that: it is asked for again. */
async function readNewest(chatId, limit) {
  const past = { list: [], complete: false, loaded: false, ...store.history.get(chatId) };
  store.history.set(chatId, past);
  for (let tries = 0; tries < MOST_READS; tries++) {
    const before = happened.get(chatId);
    const { messages } = await api.getMessages(chatId, { limit });
    Object.assign(past, { list: messages, complete: messages.length < limit, loaded: true });
    if (happened.get(chatId) === before) break;
  }
  changed("messages");
}

/** Reads older messages; gives false when there are none. */
export async function loadOlder(chatId) {
  const past = store.history.get(chatId);
  if (!past?.loaded || past.complete || past.busy || !past.list.length) return false;
  past.busy = true;
  try {
    const { messages } = await api.getMessages(chatId, { before_id: past.list[0].message_id, limit: WINDOW });
    past.complete = messages.length < WINDOW;
    past.list = [...messages, ...past.list];
  } finally {
    past.busy = false;
  }
  changed("messages");
  return true;
}

/** After a lost connection: what is open is read again, the rest when it is opened. */
export async function resync() {
  await loadState();
  for (const chatId of [...store.history.keys()]) if (chatId !== store.chatId) store.history.delete(chatId);
  if (store.history.has(store.chatId)) await readNewest(store.chatId, RESYNC);
}

/** Takes the answer to a sending; the event of the message can have come before it, and reactions to it as well. */
export function putSent(message) {
  if (!findMessage(message.chat.id, message.message_id)) put(message);
}

/** Puts a new or changed message in its place. */
export function put(message) {
  touch(message.chat.id);
  const chat = store.chats.get(message.chat.id);
  if (chat && message.message_id >= (chat.last_message?.message_id ?? 0)) {
    chat.last_message = message;
    changed("state");
  }
  const past = store.history.get(message.chat.id);
  if (!past) return;
  const at = past.list.findIndex((m) => m.message_id >= message.message_id);
  if (at === -1) past.list.push(message);
  else if (past.list[at].message_id === message.message_id) {
    past.list[at] = { ...message, reactions: message.reactions ?? past.list[at].reactions };
  } else past.list.splice(at, 0, message);
  changed("messages");
}

/** Takes messages away. */
export function drop(chatId, messageIds) {
  touch(chatId);
  const past = store.history.get(chatId);
  if (past) past.list = past.list.filter((m) => !messageIds.includes(m.message_id));
  const chat = store.chats.get(chatId);
  if (chat && messageIds.includes(chat.last_message?.message_id)) chat.last_message = past?.list.at(-1) ?? null;
  changed("messages", "state");
}

/** Sets the reactions of a message. */
export function react(chatId, messageId, reactions) {
  touch(chatId);
  const message = findMessage(chatId, messageId);
  if (!message) return;
  message.reactions = reactions;
  changed("messages");
}
