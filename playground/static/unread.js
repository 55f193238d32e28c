// Which messages a person has not read: the last read one is kept per person and chat in this browser.

import * as api from "./api.js";
import { changed, currentChat, isMine, messagesOf, store, threadOf } from "./store.js";

const MOST = 100;
const key = (chatId) => `hashkeep.read.${store.me}.${chatId}`;

function lastRead(chatId) {
  const kept = localStorage.getItem(key(chatId));
  return kept === null ? null : Number(kept);
}

/** The number of unread messages of a chat, or of one of its topics. */
export function unreadCount(chatId, topicId = null) {
  const counts = store.unread.get(chatId) ?? {};
  return topicId === null ? Object.values(counts).reduce((a, b) => a + b, 0) : (counts[topicId] ?? 0);
}

/** Counts what arrived since the person last looked. */
export async function countUnread() {
  store.unread = new Map();
  const person = store.me;
  await Promise.all([...store.chats.values()].map(async (chat) => {
    const newest = chat.last_message?.message_id ?? 0;
    const read = lastRead(chat.id);
    if (read === null) localStorage.setItem(key(chat.id), newest);
    else if (newest > read && chat.id !== store.chatId) {
      const { messages } = await api.getMessages(chat.id, { after_id: read, limit: MOST });
      if (store.me !== person) return;
      store.unread.set(chat.id, {});
      for (const message of messages) if (!isMine(message)) bump(message);
    }
  }));
  changed("unread");
}

function bump(message) {
  const counts = store.unread.get(message.chat.id) ?? {};
  const topic = threadOf(message);
  counts[topic] = (counts[topic] ?? 0) + 1;
  store.unread.set(message.chat.id, counts);
}

/** Takes note of a message that just came. */
export function noteArrival(message) {
  if (isMine(message)) return;
  const here = message.chat.id === store.chatId && !document.hidden
    && (!currentChat()?.is_forum || threadOf(message) === (store.topicId ?? 1));
  if (here) return markRead();
  if (message.chat.id === store.chatId && document.hidden && !unreadCount(store.chatId)) {
    store.unreadFrom = message.message_id;
  }
  bump(message);
  changed("unread");
}

/** The open chat (and topic) has been read to its end. */
export function markRead() {
  if (store.chatId === null) return;
  const newest = Math.max(messagesOf(store.chatId).at(-1)?.message_id ?? 0, currentChat()?.last_message?.message_id ?? 0);
  localStorage.setItem(key(store.chatId), newest);
  const counts = store.unread.get(store.chatId);
  if (!counts) return;
  if (currentChat()?.is_forum) delete counts[store.topicId ?? 1];
  else store.unread.delete(store.chatId);
  changed("unread");
}

/** Remembers where the unread part of a chat begins, before it is marked as read. */
export function placeDivider(chatId) {
  const read = lastRead(chatId);
  const first = unreadCount(chatId) && messagesOf(chatId).find((m) => m.message_id > (read ?? Infinity) && !isMine(m));
  store.unreadFrom = first ? first.message_id : null;
}
