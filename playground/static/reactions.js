// Reactions below a message: chips that count, and that one presses to join or leave.

import * as api from "./api.js";
import { toast } from "./dialogs.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { menu } from "./menu.js";
import { findMessage, store } from "./store.js";

const CHOICE = ["👍", "❤", "🔥", "🎉", "👀", "🤔", "👎"];

/** The chips of a message (of all parts of an album), or null. */
export function reactionChips(messages) {
  const chips = new Map();
  for (const message of messages) {
    for (const { emoji, from } of message.reactions ?? []) {
      const chip = chips.get(emoji) ?? { message, people: [] };
      chips.set(emoji, { ...chip, people: [...chip.people, from] });
    }
  }
  if (!chips.size) return null;
  return h("div", { class: "reactions" }, [...chips].map(([emoji, { message, people }]) => {
    const names = people.map(reactor).join(", ");
    return h("button", {
      type: "button", class: "reaction", title: names, "aria-label": t("reaction", { emoji, names }),
      "aria-pressed": String(people.includes(store.me)), onclick: () => toggle(message, emoji),
    }, emoji, people.length > 1 && h("b", {}, String(people.length)));
  }));
}

function reactor(from) {
  return (from === store.bot.id ? store.bot : store.people.get(from))?.first_name ?? "?";
}

/** Offers a few reactions at a place. */
export function reactionMenu(at, message) {
  menu(at, t("react"), CHOICE.map((emoji) => ({ label: emoji, run: () => toggle(message, emoji) })), "menu-row");
}

/** A person has one reaction to a message: the same again takes it away. */
async function toggle(message, emoji) {
  const now = findMessage(message.chat.id, message.message_id) ?? message;
  const mine = (now.reactions ?? []).find((r) => r.from === store.me)?.emoji;
  try {
    await api.react(message, store.me, mine === emoji ? [] : [emoji]); // the event shows it
  } catch (error) {
    toast(error.message);
  }
}
