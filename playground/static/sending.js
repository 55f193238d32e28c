// Messages on their way: shown at once, replaced by the server's copy, kept with a way to try again when it fails.

import * as api from "./api.js";
import { changed, currentChat, pendingOf, putSent, store } from "./store.js";

let next = 0;

/** Where a new message goes: the open topic, except the general one. */
function thread() {
  return currentChat()?.is_forum && (store.topicId ?? 1) !== 1 ? store.topicId : undefined;
}

/** Sends a text, files, or samples to a chat as the present speaker. */
export async function send({ text = "", files = [], asFiles = false, photos = 0, replyTo = null, chatId = store.chatId }) {
  const pending = {
    key: `pending-${next++}`, chatId, as: store.me, thread: chatId === store.chatId ? thread() : undefined,
    text, files, asFiles, photos, replyTo, date: Math.floor(Date.now() / 1000), failed: null, topicId: store.topicId,
  };
  store.pending.set(chatId, [...pendingOf(chatId), pending]);
  changed("messages");
  await attempt(pending);
}

/** Tries to send it, for the first time or again. */
export async function attempt(pending) {
  pending.failed = null;
  changed("messages");
  try {
    const { messages } = await api.sendMessage(pending.chatId, body(pending));
    dropPending(pending);
    messages.forEach(putSent);
  } catch (error) {
    pending.failed = error.message;
    changed("messages");
  }
}

function body(pending) {
  const fields = { as: pending.as, thread_id: pending.thread, reply_to: pending.replyTo?.message_id };
  if (pending.files.length) {
    const form = new FormData();
    if (pending.asFiles) form.append("as_files", "1");
    for (const [name, value] of Object.entries({ ...fields, caption: pending.text || undefined })) {
      if (value !== undefined) form.append(name, value);
    }
    for (const file of pending.files) form.append("files", file, file.name);
    return form;
  }
  if (pending.photos) return { ...fields, photos: pending.photos, caption: pending.text || undefined };
  return { ...fields, text: pending.text };
}

/** Takes a message off its way. */
export function dropPending(pending) {
  store.pending.set(pending.chatId, pendingOf(pending.chatId).filter((p) => p !== pending));
  changed("messages");
}

/** The event of a message can come before the answer to its sending: it is then not shown twice. */
export function dropPendingLike(message) {
  const text = message.text ?? message.caption ?? "";
  const like = pendingOf(message.chat.id).find(
    (p) => !p.failed && p.text === text && (message.from?.id === p.as || message.sender_chat),
  );
  if (like) dropPending(like);
}
