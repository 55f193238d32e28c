// Faults on demand: what happens to the bot's next calls.

import * as api from "./api.js";
import { toast } from "./dialogs.js";
import { arrange, h } from "./dom.js";
import { t } from "./i18n.js";
import { store } from "./store.js";

const METHODS = [
  "sendMessage", "sendPhoto", "sendMediaGroup", "sendDocument", "editMessageText", "editMessageCaption", "editMessageMedia",
  "editMessageReplyMarkup", "deleteMessage", "setMessageReaction", "answerCallbackQuery", "sendChatAction", "getUpdates",
];
const KINDS = ["429", "500", "502", "slow", "drop", "blocked", "400"];
/** Faults that take a number of seconds. */
const TIMED = new Set(["429", "slow"]);

/** Fills the tab. */
export function faultsTab(body) {
  const method = select("method", METHODS.map((name) => [name, name]));
  const kind = select("kind", KINDS.map((name) => [name, t(`fault_${name}`)]));
  const times = number("times", 1, 1, 1000);
  const wait = number("retry_after", 5, 1, 3600);
  const here = h("input", { type: "checkbox", name: "here" });
  const waitLine = h("label", {}, h("span", {}, t("fault_retry")), wait);
  kind.addEventListener("change", () => (waitLine.hidden = !TIMED.has(kind.value)));
  const form = h("form", { class: "form" },
    h("p", { class: "help" }, t("fault_help")),
    h("label", {}, h("span", {}, t("fault_method")), method),
    h("label", {}, h("span", {}, t("fault_kind")), kind),
    waitLine,
    h("label", {}, h("span", {}, t("fault_times")), times),
    store.chatId !== null && h("label", { class: "check" }, here, h("span", {}, t("fault_chat"))),
    h("div", { class: "form-buttons" },
      h("button", { class: "button primary" }, t("fault_add")),
      h("button", { type: "button", class: "button", onclick: clear }, t("fault_clear"))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fault = { method: method.value, kind: kind.value, times: Number(times.value) };
    if (TIMED.has(kind.value)) fault.retry_after = Number(wait.value);
    if (here.checked) fault.chat_id = store.chatId;
    add(fault);
  });
  arrange(body, [h("section", {}, form)]);
}

function select(name, options) {
  return h("select", { class: "input", name }, options.map(([value, label]) => h("option", { value }, label)));
}

function number(name, value, min, max) {
  return h("input", { class: "input", type: "number", name, value, min, max, required: true });
}

async function add(fault) {
  try {
    await api.addFault(fault);
    toast(t("fault_added", { method: fault.method, n: fault.times }));
  } catch (error) {
    toast(error.message);
  }
}

async function clear() {
  try {
    await api.clearFaults();
    toast(t("fault_cleared"));
  } catch (error) {
    toast(error.message);
  }
}
