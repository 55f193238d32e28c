// Names, colours and avatars of people, bots and chats.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { store } from "./store.js";

const TINTS = 7;
const SEGMENTS = /\p{L}|\p{N}/u;

/** The colour class of a person or chat; always the same one for an id, and the page's own for the bot. */
export function tint({ id, is_bot: isBot }) {
  return isBot ? "tint-bot" : `tint-${Math.abs(Number(id)) % TINTS}`;
}

/** A person's full name. */
export function personName(user) {
  return [user?.first_name, user?.last_name].filter(Boolean).join(" ") || user?.username || "?";
}

/** What a chat is called in the list: the private chat is called after the bot. */
export function chatName(chat) {
  return chat.type === "private" ? personName(store.bot) : (chat.title ?? "?");
}

/** Who a message is from: a person, the bot, or a chat that speaks for itself. */
export function senderOf(message) {
  const chat = message.sender_chat ?? (message.from ? null : message.chat);
  if (chat) return { id: chat.id, name: chat.title ?? chatName(chat), is_bot: false, is_chat: true };
  return { id: message.from.id, name: personName(message.from), is_bot: message.from.is_bot, is_chat: false };
}

/** The name of a person as `people` knows it, or the bot's. */
export function nameOf(userId) {
  if (userId === store.bot?.id) return personName(store.bot);
  return personName(store.people.get(userId)) || String(userId);
}

/** From whom a forwarded message came. */
export function originName(origin) {
  if (origin.sender_user) return personName(origin.sender_user);
  return origin.sender_user_name ?? origin.chat?.title ?? origin.sender_chat?.title ?? t("message");
}

function initials(name) {
  const words = name.split(/\s+/).filter((word) => SEGMENTS.test(word));
  const letters = words.map((word) => [...word].find((c) => SEGMENTS.test(c)));
  const wide = /\p{Script=Han}/u.test(letters[0] ?? "");
  return letters.slice(0, wide ? 1 : 2).join("").toUpperCase() || "?";
}

/** A round avatar; decoration only, the name stands beside it. */
export function avatar({ id, name, is_bot: isBot, kind }, size = "") {
  const content = isBot ? h("span", { class: "avatar-logo" }, "#") : (kind ? icon(kind) : initials(name));
  return h("span", { class: `avatar ${size} ${isBot ? "avatar-bot" : tint({ id })}`, "aria-hidden": "true" }, content);
}

/** The avatar of a chat in the list. */
export function chatAvatar(chat, size) {
  if (chat.type === "private") return avatar({ ...store.bot, name: chatName(chat) }, size);
  const kind = chat.type === "channel" ? "channel" : (chat.is_forum ? "forum" : null);
  return avatar({ id: chat.id, name: chatName(chat), kind }, size);
}
