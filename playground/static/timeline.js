// The messages of the open chat: grouped, with days between them; only what changed is drawn again.

import { messageMenu } from "./actions.js";
import { bubbleRow, pendingRow } from "./bubble.js";
import { arrange, h } from "./dom.js";
import { day, sameDay, t } from "./i18n.js";
import { icon } from "./icons.js";
import { senderOf } from "./people.js";
import { starters } from "./starters.js";
import { currentChat, findMessage, loadOlder, on, pendingOf, shownMessages, store } from "./store.js";
import { serviceText } from "./summary.js";
import { unreadCount } from "./unread.js";

const GROUP_S = 600;
const NEAR_PX = 90;

/** Builds the timeline. `composer` takes what presses in messages mean. */
export function timeline(composer) {
  const list = h("ol", { class: "timeline", role: "log", "aria-label": t("messages"), tabindex: "-1" });
  const scroller = h("div", { class: "scroller" }, list);
  const count = h("span", { class: "badge", hidden: true });
  const bottom = h("button", { type: "button", class: "to-bottom", hidden: true }, icon("down"), count);
  const view = { list, scroller, bottom, count, composer, drawn: new Map(), stuck: true, place: null, missed: 0, newest: 0 };
  view.act = {
    compose: (text) => composer.compose(text),
    send: (text) => composer.sendText(text),
    jump: (id) => jump(view, id),
    menu: (at, message) => messageMenu(at, message, composer),
  };
  bottom.addEventListener("click", () => toEnd(view));
  scroller.addEventListener("scroll", () => scrolled(view), { passive: true });
  new ResizeObserver(() => view.stuck && toEnd(view, "instant")).observe(scroller);
  new ResizeObserver(() => view.stuck && toEnd(view, "instant")).observe(list);
  list.addEventListener("contextmenu", (event) => contextMenu(view, event));
  list.addEventListener("keydown", (event) => keys(view, event));
  on("messages", () => draw(view));
  on("unread", () => (bottom.dataset.count = unreadCount(store.chatId ?? 0)));
  return h("div", { class: "timeline-frame" }, scroller, bottom);
}

function draw(view) {
  const place = `${store.me}/${store.chatId}/${store.topicId}/${document.documentElement.lang}`;
  const moved = place !== view.place;
  if (moved) Object.assign(view, { place, drawn: new Map(), stuck: true, missed: 0, newest: 0, divided: false });
  const { list, scroller } = view;
  list.setAttribute("aria-label", t("messages"));
  view.bottom.setAttribute("aria-label", t("to_bottom"));
  const fromEnd = scroller.scrollHeight - scroller.scrollTop;
  const oldest = list.dataset.oldest;
  const items = layout(view);
  const drawn = new Map();
  for (const item of items) {
    const before = view.drawn.get(item.key);
    drawn.set(item.key, before?.signature === item.signature ? before : { signature: item.signature, node: item.make() });
  }
  view.drawn = drawn;
  arrange(list, [...drawn.values()].map(({ node }) => node));
  keepPlace(view, fromEnd, oldest);
}

/** After drawing: at the end stays at the end; older messages above do not move what one reads. */
function keepPlace(view, fromEnd, oldest) {
  const shown = shownMessages();
  const first = String(shown[0]?.message_id ?? "");
  const newest = shown.at(-1)?.message_id ?? 0;
  if (store.unreadFrom && !view.divided) {
    view.divided = true;
    view.list.querySelector(".divider")?.scrollIntoView({ block: "center" });
    scrolled(view);
  } else if (view.stuck || pendingOf(store.chatId).some((p) => !p.failed)) toEnd(view, "instant");
  else if (oldest && first !== oldest) view.scroller.scrollTop = view.scroller.scrollHeight - fromEnd;
  else if (newest > view.newest && view.newest) view.missed += 1;
  view.list.dataset.oldest = first;
  view.newest = newest;
  showBottom(view);
}

function layout(view) {
  const chat = currentChat();
  if (!chat) return [];
  const messages = shownMessages();
  const pending = pendingOf(chat.id).filter((p) => !chat.is_forum || (p.topicId ?? 1) === (store.topicId ?? 1));
  const loaded = store.history.get(chat.id)?.loaded;
  const items = [];
  if (!loaded) return [{ key: "loading", signature: "", make: loading }];
  const units = albums(messages);
  units.forEach((unit, n) => {
    const [before, after] = [units[n - 1], units[n + 1]];
    if (!before || !sameDay(before.at(-1).date, unit[0].date)) items.push(dayItem(unit[0].date));
    if (store.unreadFrom === unit[0].message_id) {
      items.push({ key: "divider", signature: "", make: () => h("li", { class: "divider" }, h("span", {}, t("new_messages"))) });
    }
    const place = { first: !together(before, unit), last: !together(unit, after) };
    items.push({
      key: `m${unit[0].message_id}`, signature: JSON.stringify([unit, place, quoted(unit[0]), chat.admins]),
      make: () => bubbleRow(unit, place, view.act),
    });
  });
  for (const p of pending) items.push({ key: p.key, signature: String(p.failed), make: () => pendingRow(p) });
  if (!messages.some((m) => serviceText(m) === null) && !pending.length) items.push(starters(chat, view.composer));
  return items;
}

const loading = () => h("li", { class: "loading" }, h("span", { class: "spinner" }));
const quoted = (message) => findMessage(message.chat.id, message.reply_to_message?.message_id)?.edit_date;

function dayItem(seconds) {
  const words = day(seconds);
  return { key: `d${words}`, signature: words, make: () => h("li", { class: "day" }, h("span", { class: "pill" }, words)) };
}

/** Messages of one album become one unit. */
function albums(messages) {
  const units = [];
  for (const message of messages) {
    const open = units.at(-1);
    if (message.photo && message.media_group_id && open?.[0].media_group_id === message.media_group_id) open.push(message);
    else units.push([message]);
  }
  return units;
}

function together(a, b) {
  if (!a || !b || serviceText(a[0]) !== null || serviceText(b[0]) !== null) return false;
  const close = b[0].date - a.at(-1).date < GROUP_S && sameDay(a.at(-1).date, b[0].date);
  return close && senderOf(a[0]).id === senderOf(b[0]).id && store.unreadFrom !== b[0].message_id;
}

function scrolled(view) {
  const { scrollTop, scrollHeight, clientHeight } = view.scroller;
  view.stuck = scrollHeight - scrollTop - clientHeight < NEAR_PX;
  if (view.stuck) view.missed = 0;
  showBottom(view);
  if (scrollTop < 200 && store.chatId !== null) loadOlder(store.chatId).catch(() => {});
}

function showBottom(view) {
  view.bottom.hidden = view.stuck;
  view.count.hidden = !view.missed;
  view.count.textContent = String(view.missed);
}

function toEnd(view, behavior = "smooth") {
  view.stuck = true;
  view.missed = 0;
  view.scroller.scrollTo({ top: view.scroller.scrollHeight, behavior });
  showBottom(view);
}

/** Goes to a message, reading older ones until it is there, and lights it up. */
async function jump(view, messageId) {
  const chatId = store.chatId;
  while (!findMessage(chatId, messageId) && (await loadOlder(chatId)) && store.chatId === chatId);
  await new Promise((resolve) => queueMicrotask(resolve));
  const row = view.list.querySelector(`[data-id="${Number(messageId)}"]`);
  if (!row) return;
  view.stuck = false;
  row.scrollIntoView({ block: "center", behavior: "smooth" });
  row.focus({ preventScroll: true });
  row.classList.remove("lit");
  requestAnimationFrame(() => row.classList.add("lit"));
}

function contextMenu(view, event) {
  const message = messageAt(event.target);
  if (!message || event.target.closest("a, img") || !getSelection().isCollapsed) return;
  event.preventDefault();
  view.act.menu({ x: event.clientX, y: event.clientY }, message);
}

function messageAt(element) {
  const row = element.closest?.(".row[data-id]");
  return row && !row.classList.contains("service") ? findMessage(store.chatId, Number(row.dataset.id)) : null;
}

/** Arrow keys walk over messages; Enter opens the menu of one. */
function keys(view, event) {
  const row = event.target.closest(".row[data-id]");
  if (event.target !== row && event.target !== view.list) return;
  const rows = [...view.list.querySelectorAll(".row[data-id]")];
  const at = rows.indexOf(row);
  const above = at === -1 ? rows.at(-1) : rows[at - 1];
  const target = { ArrowUp: above, ArrowDown: rows[at + 1], Home: rows[0], End: rows.at(-1) }[event.key];
  if (target) {
    event.preventDefault();
    target.focus();
  } else if (event.key === "Enter" || event.key === " ") {
    const message = row && messageAt(row);
    if (!message) return;
    event.preventDefault();
    view.act.menu(row.querySelector(".bubble"), message);
  } else if (event.key === "Escape") view.composer.focus();
}
