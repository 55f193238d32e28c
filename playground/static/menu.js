// A menu at a place: arrow keys move, Enter chooses, Escape and a press elsewhere close it.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const GAP = 6;
let closeOpen = null;

/**
 * Opens a menu at an element or a point. Items: { icon?, before? (node), label, hint?, checked?, danger?, run }.
 * The focus goes back to where it was when the menu closes.
 */
export function menu(at, label, items, className = "") {
  closeOpen?.();
  const before = document.activeElement;
  const list = h("div", { class: `menu ${className}`, role: "menu", "aria-label": label, tabindex: "-1" }, items.filter(Boolean).map(entry));
  const close = (refocus = true) => {
    list.remove();
    document.removeEventListener("pointerdown", outside, true);
    window.removeEventListener("resize", close);
    closeOpen = null;
    if (refocus && before?.isConnected) before.focus({ preventScroll: true });
  };
  const outside = (event) => !list.contains(event.target) && close(false);
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role^=menuitem]");
    if (!item) return;
    close();
    item.run();
  });
  list.addEventListener("keydown", (event) => move(event, list, close));
  (document.querySelector("dialog[open]") ?? document.body).append(list);
  place(list, at);
  document.addEventListener("pointerdown", outside, true);
  window.addEventListener("resize", close);
  closeOpen = close;
  (list.querySelector("[aria-checked=true]") ?? list.firstElementChild)?.focus();
}

function entry(item) {
  const checkable = item.checked !== undefined;
  const element = h("button", {
    type: "button", role: checkable ? "menuitemradio" : "menuitem", tabindex: "-1",
    "aria-checked": checkable ? String(item.checked) : null, class: `menu-item ${item.danger ? "danger" : ""}`,
  }, item.before ?? (item.icon ? icon(item.icon) : null),
  h("span", { class: "menu-label" }, item.label, item.hint && h("small", {}, item.hint)),
  item.checked && icon("check"));
  element.run = item.run;
  return element;
}

function move(event, list, close) {
  const items = [...list.querySelectorAll("[role^=menuitem]")];
  const at = items.indexOf(document.activeElement);
  const [after, before] = [at + 1, at - 1 + items.length];
  const next = { ArrowDown: after, ArrowRight: after, ArrowUp: before, ArrowLeft: before, Home: 0, End: items.length - 1 }[event.key];
  if (next !== undefined) items[next % items.length].focus();
  else if (event.key === "Escape" || event.key === "Tab") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function place(list, at) {
  const box = at instanceof Element ? at.getBoundingClientRect() : { left: at.x, right: at.x, top: at.y, bottom: at.y };
  const { offsetWidth: width, offsetHeight: height } = list;
  const below = box.bottom + GAP + height <= window.innerHeight;
  const left = Math.min(box.left, window.innerWidth - width - GAP);
  list.style.left = `${Math.max(left, GAP)}px`;
  list.style.top = `${below ? box.bottom + GAP : Math.max(box.top - height - GAP, GAP)}px`;
}
