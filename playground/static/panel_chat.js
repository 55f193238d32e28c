// Who is in the open chat, and whether the bot reads everything there.

import * as api from "./api.js";
import { toast } from "./dialogs.js";
import { arrange, h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { menu } from "./menu.js";
import { avatar, chatName, nameOf, personName } from "./people.js";
import { currentChat, isAdmin, isMember, loadState, store } from "./store.js";
import { openChat } from "./routes.js";

/** Fills the tab. */
export function chatTab(body) {
  const chat = currentChat();
  arrange(body, [
    h("section", {}, privacySwitch()),
    chat && h("section", {}, h("h3", {}, chatName(chat)),
      chat.type === "private" ? privateChat(chat) : [members(chat), adders(chat), changes(chat)]),
  ].filter(Boolean));
}

function privacySwitch() {
  const box = h("input", { type: "checkbox", role: "switch", class: "switch", "aria-describedby": "privacy-help" });
  box.checked = store.privacy;
  box.addEventListener("change", () => run(() => api.setPrivacy(box.checked)));
  const help = h("small", { id: "privacy-help" }, t("privacy_help"));
  box.setAttribute("aria-label", t("privacy"));
  return h("label", { class: "switch-line" }, h("span", {}, h("b", {}, t("privacy")), help), box);
}

function privateChat(chat) {
  const blocked = chat.bot_status === "kicked";
  const change = () => run(() => api.changeMember(chat.id, store.me, blocked ? "unblock" : "block", store.bot.id));
  return [h("p", { class: "help" }, t("private_members")), wide(blocked ? t("unblock") : t("block"), change)];
}

function wide(label, press) {
  return h("button", { type: "button", class: "button wide", onclick: press }, label);
}

/** What else can become of a group: a supergroup, more topics. */
function changes(chat) {
  if (chat.type === "group" && isAdmin(chat)) {
    return wide(t("upgrade"), () => run(async () => {
      const { id } = await api.upgrade(chat.id, store.me);
      await loadState();
      await openChat(id, null, { replace: true });
    }));
  }
  if (!chat.is_forum || !isMember(chat)) return null;
  const words = { "aria-label": t("topic_name"), placeholder: t("topic_name") };
  const name = h("input", { class: "input", required: true, maxlength: 128, ...words });
  const form = h("form", { class: "inline-form" }, name, h("button", { class: "button" }, t("add_topic")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(async () => {
      const { id } = await api.addTopic(chat.id, store.me, name.value.trim());
      await loadState();
      await openChat(chat.id, id);
    });
  });
  return form;
}

/** Everybody in the chat, the bot included, people first. */
function everybody(chat) {
  const bot = store.bot.id;
  return [...chat.members.filter((id) => id !== bot), ...(chat.bot_member ? [bot] : [])];
}

function members(chat) {
  return h("ul", { class: "people" }, everybody(chat).map((id) => {
    const isBot = id === store.bot.id;
    const badge = isAdmin(chat, id) ? t("admin") : (isBot ? t("bot") : null);
    const more = h("button", {
      type: "button", class: "icon-button", "aria-label": t("more_of", { name: nameOf(id) }),
      onclick: () => memberMenu(more, chat, id),
    }, icon("more"));
    const name = h("span", { class: "person" }, nameOf(id), badge && h("small", {}, badge));
    return h("li", {}, avatar({ id, name: nameOf(id), is_bot: isBot }, "small"), name, more);
  }));
}

function memberMenu(at, chat, id) {
  const change = (action) => () => run(() => api.changeMember(chat.id, store.me, action, id));
  const self = id === store.me;
  const admin = isAdmin(chat, id);
  menu(at, nameOf(id), [
    { icon: "people", label: admin ? t("demote") : t("promote"), run: change(admin ? "demote" : "promote") },
    { icon: "trash", label: self ? t("leave") : t("remove"), danger: true, run: change(self ? "leave" : "remove") },
  ]);
}

function adders(chat) {
  if (!isMember(chat)) return null;
  const there = new Set(everybody(chat));
  const others = [store.bot, ...store.people.values()].filter((user) => !there.has(user.id));
  if (!others.length) return null;
  return [h("h4", {}, t("add_someone")), h("ul", { class: "people" }, others.map((user) => h("li", {},
    avatar({ ...user, name: personName(user) }, "small"), h("span", { class: "person" }, personName(user)),
    h("button", {
      type: "button", class: "button small", "aria-label": `${t("add")} ${personName(user)}`,
      onclick: () => run(() => api.changeMember(chat.id, store.me, "add", user.id)),
    }, t("add")))))];
}

async function run(change) {
  try {
    await change();
    await loadState();
    if (!currentChat() && store.chats.has(store.me)) await openChat(store.me, null, { replace: true });
  } catch (error) {
    toast(error.message);
    await loadState().catch(() => {});
  }
}
