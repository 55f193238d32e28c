// Who speaks and which chat is open: kept in the address, so that a reload, the back button and a second tab work.

import * as api from "./api.js";
import { setLanguage } from "./i18n.js";
import { changed, currentChat, loadMessages, loadState, me, store } from "./store.js";
import { countUnread, markRead, placeDivider } from "./unread.js";

const NARROW = window.matchMedia("(max-width: 720px)");

const read = () => {
  const [as, chat, topic] = location.hash.slice(1).split("/").map((part) => (part ? Number(part) : null));
  return { as: as || null, chat: chat || null, topic: topic || null };
};

function write(replace) {
  const parts = [store.me, store.chatId, currentChat()?.is_forum ? (store.topicId ?? 1) : null];
  while (parts.at(-1) === null) parts.pop();
  const hash = `#${parts.join("/")}`;
  if (hash === location.hash) return;
  if (replace) history.replaceState(null, "", hash);
  else history.pushState(null, "", hash);
}

/** Opens a chat, and in a forum one of its topics. */
export async function openChat(chatId, topicId = null, { replace = false } = {}) {
  if (!store.chats.has(chatId)) return;
  const sameChat = store.chatId === chatId;
  store.chatId = chatId;
  store.topicId = store.chats.get(chatId).is_forum ? (topicId ?? (sameChat ? store.topicId : null) ?? 1) : null;
  store.unreadFrom = null;
  write(replace);
  changed("open", "messages");
  loadCommands(chatId);
  await loadMessages(chatId);
  if (store.chatId !== chatId) return;
  placeDivider(chatId);
  markRead();
  changed("messages");
}

/** The commands that the bot offers here; without them the page offers its own list. */
async function loadCommands(chatId) {
  try {
    const { commands } = await api.getCommands(chatId, (me().language_code ?? "en").slice(0, 2), me().id);
    if (store.chatId === chatId) store.commands = commands;
  } catch {
    store.commands = [];
  }
}

/** Back to the list of chats (on a phone), or nothing open. */
export function closeChat() {
  store.chatId = null;
  store.topicId = null;
  write(false);
  changed("open", "messages");
}

/** Speaks as somebody else; stays in the chat when that person is in it. */
export async function speakAs(userId, wanted = store.chatId, topic = store.topicId) {
  await loadState(userId);
  setLanguage(me().language_code);
  localStorage.setItem("hashkeep.as", String(store.me));
  store.unreadFrom = null;
  store.history.clear();
  const target = store.chats.has(wanted) ? wanted : (store.chats.has(store.me) ? store.me : null);
  const stayInList = NARROW.matches && (wanted === null || !store.chats.has(wanted));
  if (target === null || stayInList) closeChat();
  else await openChat(target, topic, { replace: true });
  changed("state", "open", "messages");
  await countUnread();
}

/** Goes where the address says. */
export async function follow() {
  const { as, chat, topic } = read();
  const person = as ?? Number(localStorage.getItem("hashkeep.as")) ?? 0;
  if (person !== store.me || store.me === null) return speakAs(person || null, chat, topic);
  if (chat !== null) return openChat(chat, topic, { replace: true });
  return NARROW.matches ? closeChat() : undefined;
}

window.addEventListener("popstate", () => follow());
document.addEventListener("visibilitychange", () => !document.hidden && markRead());
