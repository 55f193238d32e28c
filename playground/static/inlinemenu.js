// `@bot words` in the text field: what the bot offers, to choose from; the chosen one is sent at once.

import * as api from "./api.js";
import { toast } from "./dialogs.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { startBot } from "./links.js";
import { currentChat, putSent, store } from "./store.js";

const PAUSE_MS = 250;

/** The words behind `@bot `, or null when something else is being written. */
export function inlineWords(text, username) {
  const found = /^@(\w+)\s([^]*)$/.exec(text);
  return found && found[1].toLowerCase() === username?.toLowerCase() ? found[2] : null;
}

/** Ties the list of results to a text field. `done()` is called when one was sent. */
export function inlineMenu(field, done) {
  const list = h("div", { class: "command-menu inline-menu", role: "listbox", id: "inline-results", hidden: true });
  const self = { list, field, done, asked: null, answer: null, results: [], at: 0, timer: 0 };
  list.addEventListener("scroll", () => {
    if (list.scrollTop + list.clientHeight > list.scrollHeight - 80) more(self);
  });
  return { list, update: () => update(self), key: (event) => key(self, event), close: () => close(self) };
}

function close(self) {
  clearTimeout(self.timer);
  Object.assign(self, { asked: null, answer: null, results: [], at: 0 });
  draw(self);
}

function update(self) {
  const words = currentChat() ? inlineWords(self.field.value, store.bot?.username) : null;
  if (words === null) return self.asked === null ? undefined : close(self);
  clearTimeout(self.timer);
  self.asked = words;
  self.timer = setTimeout(() => ask(self, words, ""), PAUSE_MS);
  return undefined;
}

async function ask(self, query, offset) {
  try {
    const answer = await api.askInline({ as: store.me, chat: store.chatId, query, offset });
    if (self.asked !== query) return; // something else has been typed since
    const results = answer.results.map((result) => ({ ...result, query_id: answer.query_id }));
    self.answer = answer;
    self.results = offset ? [...self.results, ...results] : results;
    if (!offset) self.at = 0;
    draw(self);
  } catch (error) {
    toast(error.message);
  }
}

function more(self) {
  const offset = self.answer?.next_offset;
  if (!offset) return;
  self.answer = { ...self.answer, next_offset: "" };
  ask(self, self.asked, offset);
}

async function choose(self, result) {
  const { chatId } = store;
  const choice = { as: store.me, query_id: result.query_id, result_id: result.id, thread_id: store.topicId ?? undefined };
  close(self);
  self.done();
  try {
    const sent = await api.chooseInline(chatId, choice);
    for (const message of sent.messages) putSent(message);
  } catch (error) {
    toast(error.message);
  }
}

function draw(self) {
  const { list, answer, results, field } = self;
  list.setAttribute("aria-label", t("inline_results"));
  list.replaceChildren(...(answer ? [buttonAbove(self), ...results.map((result, n) => option(self, result, n)), nothing(self)] : []).filter(Boolean));
  list.hidden = !answer;
  if (results.length && !list.hidden) field.setAttribute("aria-activedescendant", `inline-${self.at}`);
  list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
}

function buttonAbove(self) {
  const button = self.answer.button;
  return button && h("button", {
    type: "button", class: "inline-start", onpointerdown: (event) => event.preventDefault(),
    onclick: () => {
      close(self);
      self.done();
      startBot(button.start_parameter ?? "");
    },
  }, button.text);
}

function nothing(self) {
  if (self.results.length || self.answer.button) return null;
  return h("p", { class: "inline-nothing" }, t(self.answer.answered ? "inline_nothing" : "inline_silent"));
}

function option(self, result, n) {
  const picture = result.photo_file_id
    ? h("img", { src: api.fileUrl(result.photo_file_id), alt: "", loading: "lazy" })
    : h("span", { class: "inline-letter", "aria-hidden": "true" }, (result.title ?? "?").slice(0, 1));
  return h("div", {
    role: "option", id: `inline-${n}`, class: "command-option inline-option", "aria-selected": String(n === self.at),
    onpointerdown: (event) => event.preventDefault(), onclick: () => choose(self, result),
  }, picture, h("div", {}, h("b", { dir: "auto" }, result.title ?? t("photo")), h("span", { dir: "auto" }, result.description ?? "")));
}

/** Takes a key that means the list; gives true when it did. */
function key(self, event) {
  if (self.list.hidden) return false;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && self.results.length) {
    self.at = (self.at + step + self.results.length) % self.results.length;
    draw(self);
  } else if (event.key === "Escape") close(self);
  else if (event.key === "Enter" && self.results.length) choose(self, self.results[self.at]);
  else return false;
  return true;
}
