// The left side: who speaks, and the chats of that person, newest first.

import { arrange, h } from "./dom.js";
import { icon } from "./icons.js";
import { t, when, moment } from "./i18n.js";
import { personaButton } from "./persona.js";
import { chatAvatar, chatName, senderOf } from "./people.js";
import { openChat } from "./routes.js";
import { isMine, on, store } from "./store.js";
import { serviceText, summary } from "./summary.js";
import { unreadCount } from "./unread.js";

/** Fills the sidebar and keeps it up to date. `openPanel` opens the controls. */
export function chatList(sidebar, openPanel) {
  const list = h("ul", { class: "chat-list" });
  const status = h("p", { class: "status", role: "status", hidden: true });
  const title = h("h1", { class: "brand" }, h("span", { class: "brand-mark", "aria-hidden": "true" }, "#"), "Hashkeep");
  const gear = h("button", { type: "button", class: "icon-button gear", onclick: openPanel }, icon("gear"));
  sidebar.append(h("header", { class: "sidebar-head" }, title, personaButton("compact"), gear), status, list);
  const draw = () => {
    sidebar.setAttribute("aria-label", t("chats"));
    gear.setAttribute("aria-label", t("settings"));
    gear.title = t("settings");
    status.hidden = store.connected;
    status.textContent = store.connected ? "" : t("offline");
    arrange(list, sorted().map((chat) => item(list, chat)));
  };
  for (const kind of ["state", "messages", "unread", "open", "connection"]) on(kind, draw);
  list.addEventListener("keydown", (event) => walk(list, event));
}

function sorted() {
  return [...store.chats.values()].sort((a, b) => (b.last_message?.date ?? 0) - (a.last_message?.date ?? 0)
    || (a.type === "private" ? -1 : 0) - (b.type === "private" ? -1 : 0));
}

/** The entry of a chat; the one that is there already when nothing about it changed. */
function item(list, chat) {
  const last = chat.last_message;
  const open = chat.id === store.chatId;
  const unread = unreadCount(chat.id);
  const signature = JSON.stringify([last, open, unread, chatName(chat), store.me, document.documentElement.lang]);
  const before = list.querySelector(`[data-chat="${chat.id}"]`);
  if (before?.dataset.signature === signature) return before;
  const button = h("button", {
    type: "button", class: "chat-item", "aria-current": open ? "true" : null, onclick: () => openChat(chat.id),
  },
  chatAvatar(chat),
  h("span", { class: "chat-item-top" },
    h("b", { class: "chat-name" }, chatName(chat)),
    last && h("time", { title: moment(last.date) }, when(last.date))),
  h("span", { class: "chat-item-bottom" },
    h("span", { class: "preview" }, preview(chat, last)),
    unread > 0 && h("span", { class: "badge", "aria-label": t("unread", { n: unread }) }, String(unread))));
  const focused = before?.contains(document.activeElement);
  if (focused) queueMicrotask(() => button.focus());
  return h("li", { dataset: { chat: chat.id, signature } }, button);
}

function preview(chat, last) {
  if (!last) return t("empty");
  if (chat.type === "private" && !isMine(last)) return summary(last);
  if (chat.type === "channel" || serviceText(last) !== null) return summary(last);
  const who = isMine(last) ? t("you") : senderOf(last).name;
  return [h("span", { class: "preview-who" }, `${who}: `), summary(last)];
}

function walk(list, event) {
  const buttons = [...list.querySelectorAll(".chat-item")];
  const at = buttons.indexOf(document.activeElement);
  const next = { ArrowDown: buttons[at + 1], ArrowUp: buttons[at - 1], Home: buttons[0], End: buttons.at(-1) }[event.key];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
