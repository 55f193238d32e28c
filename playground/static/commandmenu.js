// Commands, offered while one types `/`.

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { store } from "./store.js";

const BUILT_IN = ["start", "help", "tag", "tags", "search", "show"];
/** Commands that make sense with words behind them: choosing one leaves the cursor there. */
const WITH_WORDS = new Set([
  "tag", "search", "show", "note", "title", "recapture", "delete", "rename", "merge", "untag", "rule",
]);

function commands() {
  return store.commands.length ? store.commands : BUILT_IN.map((command) => ({ command, description: t(`cmd_${command}`) }));
}

/** Ties a list of commands to a text field. `choose(text, complete)` takes the chosen one. */
export function commandMenu(field, choose) {
  const list = h("div", { class: "command-menu", role: "listbox", id: "commands", hidden: true });
  field.setAttribute("aria-controls", "commands");
  let shown = [];
  let at = 0;
  const pickAt = (n) => {
    const { command } = shown[n];
    close();
    choose(WITH_WORDS.has(command) ? `/${command} ` : `/${command}`, !WITH_WORDS.has(command));
  };
  const draw = () => {
    list.setAttribute("aria-label", t("commands"));
    list.replaceChildren(...shown.map(({ command, description }, n) => h("div", {
      role: "option", id: `command-${n}`, class: "command-option", "aria-selected": String(n === at),
      onpointerdown: (event) => event.preventDefault(), onclick: () => pickAt(n),
    }, h("b", {}, `/${command}`), h("span", {}, description))));
    list.hidden = !shown.length;
    if (shown.length) field.setAttribute("aria-activedescendant", `command-${at}`);
    else field.removeAttribute("aria-activedescendant");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const close = () => {
    shown = [];
    draw();
  };
  const update = () => {
    const typed = /^\/(\w*)$/.exec(field.value);
    shown = typed ? commands().filter(({ command }) => command.startsWith(typed[1].toLowerCase())) : [];
    at = 0;
    draw();
  };
  /** Takes a key that means the menu; gives true when it did. */
  const key = (event) => {
    if (!shown.length) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      at = (at + step + shown.length) % shown.length;
      draw();
    } else if (event.key === "Escape") close();
    else if (event.key === "Tab" || (event.key === "Enter" && field.value !== `/${shown[at].command}`)) pickAt(at);
    else return false;
    return true;
  };
  return { list, update, key, close };
}
