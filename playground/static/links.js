// What pressing a link does: most open in a new tab; a link that starts the bot goes to the private chat.

import * as api from "./api.js";
import { h } from "./dom.js";
import { toast } from "./dialogs.js";
import { openChat } from "./routes.js";
import { putSent, store } from "./store.js";

const SAFE = new Set(["http:", "https:", "mailto:", "tel:", "ftp:"]);

/** The address, if it may be opened from a chat (no `javascript:`), with `http://` before a bare domain; else null. */
export function safeUrl(text) {
  const bare = /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[^/:]+\.[^/:]+:\d/.test(text) ? text : `http://${text}`;
  try {
    const url = new URL(bare);
    return SAFE.has(url.protocol) || url.protocol === "tg:" ? url.href : null;
  } catch {
    return null;
  }
}

/** The `start` parameter of a link to our bot, or null. */
export function startParameter(address) {
  const href = safeUrl(address);
  if (!href) return null;
  const url = new URL(href);
  const ours = url.hostname === "t.me" || url.hostname === "telegram.me";
  const named = ours ? url.pathname.slice(1) : (url.protocol === "tg:" ? url.searchParams.get("domain") : null);
  if (named?.toLowerCase() !== store.bot?.username?.toLowerCase()) return null;
  return url.searchParams.get("start");
}

/** Starts the bot with a parameter and goes to the private chat. */
export async function startBot(parameter) {
  try {
    const sent = await api.start(store.me, parameter);
    await openChat(store.me);
    for (const message of sent.messages ?? [sent]) putSent(message);
  } catch (error) {
    toast(error.message);
  }
}

/** A link in a message. */
export function link(address, content, props = {}) {
  const href = safeUrl(address);
  if (!href) return h("span", props, content);
  const parameter = startParameter(address);
  const press = parameter === null ? {} : {
    onclick: (event) => {
      event.preventDefault();
      startBot(parameter);
    },
  };
  return h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow", ...press, ...props }, content);
}
