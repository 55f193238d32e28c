// The top of the open chat: name, who is in it or what the bot is doing, and a forum's topics.

import { arrange, h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { actions } from "./live.js";
import { chatAvatar, chatName, personName } from "./people.js";
import { closeChat, openChat } from "./routes.js";
import { currentChat, on, store } from "./store.js";
import { unreadCount } from "./unread.js";

const DOING = { upload_photo: "sending_photo", upload_document: "sending_file" };

/** Builds the header and the topic tabs; gives both. */
export function chatHeader(openPanel) {
  const back = h("button", { type: "button", class: "icon-button back", onclick: closeChat }, icon("back"));
  const face = h("span", { class: "head-avatar" });
  const title = h("h2", { class: "head-title" });
  const line = h("p", { class: "head-line", "aria-live": "polite" });
  const gear = h("button", { type: "button", class: "icon-button gear", onclick: openPanel }, icon("gear"));
  const header = h("header", { class: "chat-head" }, back, face, h("div", { class: "head-words" }, title, line), gear);
  const tabs = h("div", { class: "topics", role: "tablist" });
  tabs.addEventListener("keydown", (event) => step(tabs, event));
  const draw = () => {
    const chat = currentChat();
    header.hidden = !chat;
    tabs.hidden = !chat?.is_forum;
    if (!chat) return;
    back.setAttribute("aria-label", t("back"));
    gear.setAttribute("aria-label", t("settings"));
    gear.title = t("settings");
    face.replaceChildren(chatAvatar(chat, "medium"));
    title.textContent = chatName(chat);
    line.textContent = doing(chat) ?? about(chat);
    tabs.setAttribute("aria-label", t("topics"));
    if (chat.is_forum) arrange(tabs, topics(chat).map((topic) => tab(chat, topic)));
    tabs.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  for (const kind of ["state", "open", "unread", "action"]) on(kind, draw);
  return [header, tabs];
}

function doing(chat) {
  const now = actions.get(chat.id);
  return now ? t(DOING[now.action] ?? "typing", { name: personName(store.bot) }) : null;
}

function about(chat) {
  if (chat.type === "private") return `@${store.bot.username}`;
  const n = chat.members.length + (chat.bot_member && !chat.members.includes(store.bot.id) ? 1 : 0);
  const key = chat.type === "channel" ? "subscriber" : "member";
  return n === 1 ? t(key) : t(`${key}s`, { n });
}

function topics(chat) {
  const others = (chat.topics ?? []).filter((topic) => topic.id !== 1);
  const general = (chat.topics ?? []).find((topic) => topic.id === 1);
  return [{ id: 1, name: general && general.name !== "General" ? general.name : t("general") }, ...others];
}

function tab(chat, topic) {
  const selected = topic.id === (store.topicId ?? 1);
  const unread = unreadCount(chat.id, topic.id);
  return h("button", {
    type: "button", role: "tab", class: "topic", "aria-selected": String(selected), tabindex: selected ? "0" : "-1",
    dataset: { topic: topic.id }, onclick: () => openChat(chat.id, topic.id),
  }, topic.name, unread > 0 && h("span", { class: "badge" }, String(unread)));
}

function step(tabs, event) {
  const all = [...tabs.children];
  const at = all.indexOf(document.activeElement);
  const next = { ArrowRight: all[at + 1], ArrowLeft: all[at - 1] }[event.key];
  if (!next) return;
  event.preventDefault();
  next.click();
  queueMicrotask(() => tabs.querySelector(`[data-topic="${next.dataset.topic}"]`)?.focus());
}
