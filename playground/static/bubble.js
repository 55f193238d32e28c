// One message (or one album) as a row: avatar, bubble, buttons below.

import { h } from "./dom.js";
import { textNodes } from "./entities.js";
import { clock, moment, t } from "./i18n.js";
import { icon } from "./icons.js";
import { keyboard } from "./keyboard.js";
import { album, file, other, photo, photoBox } from "./media.js";
import { avatar, originName, senderOf, tint } from "./people.js";
import { reactionChips } from "./reactions.js";
import { attempt, dropPending } from "./sending.js";
import { currentChat, findMessage, isAdmin, isMine, store } from "./store.js";
import { serviceText, summary } from "./summary.js";

/**
 * The row of a message. `messages` are the parts of an album, or one message.
 * `place`: { first, last } in its group. `act`: { compose, send, jump, menu }.
 */
export function bubbleRow(messages, place, act) {
  const message = messages[0];
  const service = serviceText(message);
  if (service !== null) return row(message, "service", h("span", { class: "pill" }, service));
  const sender = senderOf(message);
  const mine = isMine(message);
  const bubble = h("div", { class: "bubble" }, head(message, sender, place, mine), body(messages, act), reactionChips(messages));
  const width = pictureWidth(messages);
  const stack = h("div", { class: "stack" }, bubble, keyboard(message, act.compose));
  if (width) {
    stack.classList.add("sized");
    stack.style.width = `${width}px`;
  }
  const side = [mine ? "mine" : "theirs", tint(sender), place.first && "first", place.last && "last"].filter(Boolean).join(" ");
  const line = row(message, side,
    !mine && showsAvatars() && h("span", { class: "avatar-slot" }, place.last && avatar(sender, "small")),
    stack,
    h("button", {
      type: "button", class: "icon-button row-menu", tabindex: "-1", "aria-label": t("actions"), title: t("actions"),
      onclick: (event) => act.menu(event.currentTarget, message),
    }, icon("more")));
  line.setAttribute("aria-label", `${mine ? t("you") : sender.name}, ${clock(message.date)}: ${summary(message)}`);
  return line;
}

const showsAvatars = () => ["group", "supergroup"].includes(currentChat()?.type);

function row(message, className, ...content) {
  return h("li", { class: `row ${className}`, dataset: { id: message.message_id }, tabindex: "-1" }, content);
}

/** A photo's bubble is as wide as its picture, so that caption and buttons stay below it. */
function pictureWidth(messages) {
  const message = messages[0];
  if (messages.length > 1) return 420;
  if (!message.photo) return 0;
  return photoBox(message).width;
}

function head(message, sender, place, mine) {
  const parts = [];
  const named = place.first && !mine && currentChat()?.type !== "private";
  if (named) {
    const admin = !sender.is_chat && isAdmin(currentChat(), sender.id);
    const badge = sender.is_bot ? t("bot") : (admin ? t("admin") : null);
    parts.push(h("div", { class: "sender" }, h("b", {}, sender.name), badge && h("small", {}, badge)));
  }
  if (message.forward_origin) {
    parts.push(h("div", { class: "forwarded" }, icon("forward"), t("forwarded", { name: originName(message.forward_origin) })));
  }
  if (message.via_bot) parts.push(h("div", { class: "forwarded" }, t("via", { name: message.via_bot.username })));
  return parts;
}

function body(messages, act) {
  const message = messages.find((m) => m.caption !== undefined) ?? messages[0];
  const words = message.text ?? message.caption;
  const parts = [quote(messages[0], act)];
  if (messages.length > 1) parts.push(album(messages));
  else if (message.photo) parts.push(photo(message));
  else if (message.document) parts.push(file(message));
  else parts.push(other(message));
  const meta = metaLine(message);
  if (words === undefined) parts.push(h("div", { class: `meta-line ${message.photo ? "over" : ""}` }, meta));
  else {
    parts.push(h("div", { class: "text", dir: "auto" },
      textNodes(words, message.entities ?? message.caption_entities, act), meta));
  }
  return parts;
}

function quote(message, act) {
  const original = message.reply_to_message;
  if (!original || original.forum_topic_created) return null;
  const now = findMessage(message.chat.id, original.message_id) ?? original;
  const sender = senderOf(now);
  return h("button", {
    type: "button", class: `quote ${tint(sender)}`, "aria-label": `${t("quote")}: ${summary(now)}`,
    onclick: () => act.jump(original.message_id),
  }, h("b", {}, sender.name), h("span", {}, message.quote?.text ?? summary(now)));
}

function metaLine(message) {
  const edited = message.edit_date ? h("span", { title: moment(message.edit_date) }, t("edited")) : null;
  const sent = { title: moment(message.date), datetime: new Date(message.date * 1000).toISOString() };
  const time = h("time", sent, clock(message.date));
  const tick = isMine(message) ? h("span", { class: "tick", role: "img", "aria-label": t("sent") }, icon("check")) : null;
  return h("span", { class: "meta" }, edited, time, tick);
}

/** The row of a message on its way. */
export function pendingRow(pending) {
  const files = pending.files.map((f) => f.name).join(", ");
  const words = pending.text || files || t("photo");
  const state = pending.failed
    ? h("span", { class: "meta failed", title: pending.failed }, icon("warn"), t("failed"))
    : h("span", { class: "meta" }, h("span", { class: "tick", role: "img", "aria-label": t("sending") }, icon("clock")));
  const again = pending.failed && h("div", { class: "keyboard" },
    h("p", { class: "why" }, pending.failed),
    h("div", { class: "keyboard-row" },
      h("button", { type: "button", class: "key", onclick: () => attempt(pending) }, t("retry")),
      h("button", { type: "button", class: "key", onclick: () => dropPending(pending) }, t("discard"))));
  return h("li", { class: "row mine first last pending" },
    h("div", { class: "stack" }, h("div", { class: "bubble" }, h("div", { class: "text", dir: "auto" }, words, state)), again));
}
