// The controls of the playground: a drawer with tabs, beside the chat or over it.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { callsTab } from "./panel_calls.js";
import { chatTab } from "./panel_chat.js";
import { faultsTab } from "./panel_faults.js";
import { groupTab } from "./panel_group.js";
import { on } from "./store.js";

const TABS = { chat: chatTab, group: groupTab, faults: faultsTab, calls: callsTab };

/** Builds the drawer; gives the function that opens it (and closes it again). */
export function buildPanel(panel) {
  let shown = "chat";
  let opener = null;
  let leave = () => {};
  const title = h("h2");
  const closeButton = h("button", { type: "button", class: "icon-button" }, icon("close"));
  const tabs = h("div", { class: "panel-tabs", role: "tablist" });
  const body = h("div", { class: "panel-body", role: "tabpanel", tabindex: "-1" });
  panel.append(h("header", { class: "panel-head" }, title, closeButton), tabs, body);

  const draw = () => {
    leave();
    title.textContent = t("settings");
    panel.setAttribute("aria-label", t("settings"));
    closeButton.setAttribute("aria-label", t("close"));
    tabs.replaceChildren(...Object.keys(TABS).map((name) => h("button", {
      type: "button", role: "tab", "aria-selected": String(name === shown), tabindex: name === shown ? "0" : "-1",
      dataset: { tab: name }, onclick: () => show(name),
    }, t(`tab_${name}`))));
    leave = TABS[shown](body) ?? (() => {});
  };
  const show = (name) => {
    shown = name;
    draw();
    tabs.querySelector("[aria-selected=true]").focus();
  };
  const close = () => {
    panel.hidden = true;
    leave();
    leave = () => {};
    opener?.focus();
  };
  tabs.addEventListener("keydown", (event) => {
    const names = Object.keys(TABS);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) show(names[(names.indexOf(shown) + step + names.length) % names.length]);
  });
  closeButton.addEventListener("click", close);
  panel.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && close());
  // Forms keep what was typed: only the tab that shows the chat follows every change.
  for (const kind of ["state", "open"]) on(kind, () => !panel.hidden && shown === "chat" && draw());
  return (event) => {
    if (!panel.hidden) return close();
    opener = event?.currentTarget ?? null;
    panel.hidden = false;
    draw();
    return tabs.querySelector("[aria-selected=true]").focus();
  };
}
