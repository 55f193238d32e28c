// What an empty chat offers: a word of explanation, the start button, and demo links to try.

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { avatar } from "./people.js";
import { isAdmin, isMember, store } from "./store.js";

const TAGS = { english: "#reading", chinese: "#网页", gallery: "#pictures" };

/** The messages that a newcomer can try, from the demo pages of the server. */
function examples() {
  return store.demo.map(({ title, url }) => {
    const address = new URL(url, location.origin).href;
    const tag = TAGS[address.split("/").filter(Boolean).at(-1)] ?? "#demo";
    return { title, text: `${t("look_at")} ${address} ${tag}` };
  });
}

/** The item of the timeline for an empty chat. */
export function starters(chat, composer) {
  const writes = chat.type === "channel" ? isAdmin(chat) : isMember(chat);
  const offers = writes && store.bot ? examples() : [];
  return {
    key: "starters", signature: JSON.stringify([chat.id, offers, document.documentElement.lang]),
    make: () => h("li", { class: "starters" },
      avatar({ ...store.bot, is_bot: true }, "large"),
      h("h2", {}, chat.type === "private" ? store.bot.first_name : t("empty")),
      h("p", {}, t("try_text")),
      chat.type === "private" && startButton(composer),
      offers.length > 0 && h("ul", { class: "chips" }, offers.map((offer) => h("li", {}, chip(offer, composer))))),
  };
}

function startButton(composer) {
  return h("button", { type: "button", class: "button primary", onclick: () => composer.sendText("/start") }, t("start"));
}

function chip({ title, text }, composer) {
  return h("button", { type: "button", class: "chip", onclick: () => composer.compose(text) },
    h("b", {}, `${t("try")}: ${title}`), h("span", {}, text));
}
