// Inline keyboards: pressing a button asks the bot, opens an address, or starts the bot.

import * as api from "./api.js";
import { copyText } from "./clipboard.js";
import { alertBox, toast } from "./dialogs.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { link, safeUrl, startBot, startParameter } from "./links.js";
import { store } from "./store.js";

/** The rows of buttons below a message. `compose` takes text for the composer. */
export function keyboard(message, compose) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows?.length) return null;
  return h("div", { class: "keyboard" },
    rows.map((row) => h("div", { class: "keyboard-row" }, row.map((button) => key(button, message, compose)))));
}

function key(button, message, compose) {
  if (button.url && startParameter(button.url) === null) {
    return link(button.url, [h("span", {}, button.text), icon("outside")], { class: "key" });
  }
  const element = h("button", { type: "button", class: "key" }, h("span", {}, button.text));
  if (button.url) element.title = t("opens_private");
  element.addEventListener("click", () => act(button, message, element, compose));
  return element;
}

async function act(button, message, element, compose) {
  if (button.url) return busy(element, () => startBot(startParameter(button.url)));
  if (button.callback_data !== undefined) return busy(element, () => press(message, button.callback_data));
  if (button.copy_text) return copyText(button.copy_text.text);
  const inline = button.switch_inline_query_current_chat ?? button.switch_inline_query;
  if (inline !== undefined) return compose(`@${store.bot.username} ${inline}`);
  return toast(t("no_answer"));
}

/** Shows that the bot is being waited for, and takes no second press meanwhile. */
async function busy(element, work) {
  if (element.getAttribute("aria-busy") === "true") return;
  element.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (error) {
    toast(error.message || t("no_answer"));
  } finally {
    element.removeAttribute("aria-busy");
  }
}

async function press(message, data) {
  const answer = await api.press(message, store.me, data);
  if (answer.url) {
    const parameter = startParameter(answer.url);
    if (parameter !== null) return startBot(parameter);
    if (safeUrl(answer.url)) window.open(safeUrl(answer.url), "_blank", "noopener,noreferrer");
  }
  if (answer.answered === false) return toast(t("no_answer"));
  if (!answer.text) return undefined;
  return answer.show_alert ? alertBox(answer.text) : toast(answer.text);
}
