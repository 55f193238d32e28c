// Text with entities → elements. Offsets count UTF-16 units, as JavaScript's strings do.

import { copyText } from "./clipboard.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { link } from "./links.js";

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

/** The nodes that show `text`. `act` takes what a press means: { compose } or { send }. */
export function textNodes(text, entities = [], act = {}) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return nodes(text, sorted, 0, text.length, act);
}

function nodes(text, entities, from, to, act) {
  const made = [];
  let at = from;
  for (let n = 0; n < entities.length; n++) {
    const entity = entities[n];
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    if (end <= start) continue;
    if (start > at) made.push(text.slice(at, BLOCKS.has(entity.type) && text[start - 1] === "\n" ? start - 1 : start));
    const inner = [];
    while (n + 1 < entities.length && entities[n + 1].offset < end) inner.push(entities[++n]);
    made.push(element(entity, text.slice(start, end), nodes(text, inner, start, end, act), act));
    at = BLOCKS.has(entity.type) && text[end] === "\n" ? end + 1 : end; // a block ends its line by itself
  }
  if (at < to) made.push(text.slice(at, to));
  return made;
}

function element(entity, words, content, act) {
  switch (entity.type) {
    case "url":
      return link(words, content);
    case "text_link":
      return link(entity.url, content, { title: entity.url });
    case "email":
      return link(`mailto:${words}`, content);
    case "phone_number":
      return link(`tel:${words}`, content);
    case "code":
      return h("code", {}, pressable("copied", content, () => copyText(words), t("copy")));
    case "pre":
      return h("pre", {}, h("code", { "data-language": entity.language }, content));
    case "hashtag":
      return pressable("hashtag", content, () => act.compose?.(`/tag ${words.slice(1).split("@")[0]} `));
    case "bot_command":
      return pressable("command", content, () => act.send?.(words));
    case "mention":
      return pressable("mention", content, () => act.compose?.(`${words} `));
    case "text_mention":
      return h("span", { class: "mention" }, content);
    case "spoiler":
      return spoiler(content);
    default:
      return TAGS[entity.type] ? h(TAGS[entity.type], {}, content) : h("span", {}, content);
  }
}

/** Pressable words in a line: a real button would not break over lines as words do. */
function pressable(kind, content, press, title) {
  const onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    press();
  };
  return h("span", { role: "button", tabindex: "0", class: `inline ${kind}`, title, onclick: press, onkeydown }, content);
}

function spoiler(content) {
  const hidden = h("span", { class: "spoiler-content", "aria-hidden": "true" }, content);
  const cover = h("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": t("spoiler") }, hidden);
  hidden.inert = true;
  const show = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    cover.replaceWith(h("span", { class: "spoiler shown" }, content));
  };
  cover.addEventListener("click", show);
  cover.addEventListener("keydown", show);
  return cover;
}
