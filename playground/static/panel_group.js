// Making a new group, with whoever should be in it.

import * as api from "./api.js";
import { toast } from "./dialogs.js";
import { arrange, h } from "./dom.js";
import { t } from "./i18n.js";
import { personName } from "./people.js";
import { openChat } from "./routes.js";
import { loadState, store } from "./store.js";

const KINDS = { group: "group", supergroup: "supergroup", forum: "supergroup", channel: "channel" };

/** Fills the tab. */
export function groupTab(body) {
  const title = h("input", { class: "input", name: "title", required: true, maxlength: 128, value: t("group_default") });
  const kinds = Object.keys(KINDS).map((name) => h("option", { value: name }, t(`kind_${name}`)));
  const kind = h("select", { class: "input", name: "kind" }, kinds);
  kind.value = "supergroup";
  const choices = [
    ...[...store.people.values()].filter((p) => p.id !== store.me).map((p) => choice(p.id, personName(p), true)),
    choice(store.bot.id, t("with_bot"), true),
  ];
  const form = h("form", { class: "form" },
    h("label", {}, h("span", {}, t("group_title")), title),
    h("label", {}, h("span", {}, t("group_kind")), kind),
    h("fieldset", {}, h("legend", {}, t("group_people")), choices),
    h("button", { class: "button primary" }, t("create")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const members = [...form.querySelectorAll("input[type=checkbox]:checked")].map((box) => Number(box.value));
    make(title.value.trim(), kind.value, members);
  });
  arrange(body, [h("section", {}, form)]);
}

function choice(id, name, checked) {
  const box = h("input", { type: "checkbox", value: id });
  box.checked = checked;
  return h("label", { class: "check" }, box, h("span", {}, name));
}

async function make(title, kind, members) {
  try {
    const made = await api.makeChat({ as: store.me, title, type: KINDS[kind], is_forum: kind === "forum", members });
    await loadState();
    const id = made.id ?? made.chat?.id ?? [...store.chats.values()].find((chat) => chat.title === title)?.id;
    await openChat(id);
  } catch (error) {
    toast(error.message);
  }
}
