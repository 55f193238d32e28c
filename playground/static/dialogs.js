// Short words from the page: toasts, alerts, questions, and a list to pick from. Dialogs are the browser's own.

import { h } from "./dom.js";
import { t } from "./i18n.js";

const TOAST_MS = 4_000;

/** A line that goes away by itself. */
export function toast(text) {
  const line = h("div", { class: "toast" }, text);
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), Math.max(TOAST_MS, text.length * 60));
}

function open(dialog) {
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close(""));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
    dialog.showModal();
  });
}

/** An answer that has to be read. */
export function alertBox(text) {
  return open(h("dialog", { class: "box", role: "alertdialog", "aria-label": text },
    h("form", { method: "dialog" }, h("p", {}, text),
      h("div", { class: "box-buttons" }, h("button", { class: "button primary", value: "ok" }, t("ok"))))));
}

/** Asks before something that cannot be taken back. */
export async function confirmBox(text, verb) {
  const answer = await open(h("dialog", { class: "box", role: "alertdialog", "aria-label": text },
    h("form", { method: "dialog" }, h("p", {}, text),
      h("div", { class: "box-buttons" },
        h("button", { class: "button", value: "" }, t("cancel")),
        h("button", { class: "button danger", value: "yes" }, verb)))));
  return answer === "yes";
}

/** Lets one pick of several: [{ value, content: nodes }]; gives the value, or null. */
export async function pick(title, options) {
  const answer = await open(h("dialog", { class: "box", "aria-label": title },
    h("form", { method: "dialog" }, h("h2", {}, title),
      h("div", { class: "box-list" }, options.map((o) => h("button", { class: "box-row", value: String(o.value) }, o.content))),
      h("div", { class: "box-buttons" }, h("button", { class: "button", value: "" }, t("cancel"))))));
  return options.find((o) => String(o.value) === answer)?.value ?? null;
}
