// The language of the page: the interface language of whoever one speaks as.

import en from "./en.js";
import zh from "./zh.js";

let words = en;
let locale = "en-GB";

/** Takes a person's `language_code`; gives true when the page's language changed. */
export function setLanguage(code) {
  const before = words;
  const chinese = (code ?? "").toLowerCase().startsWith("zh");
  [words, locale] = chinese ? [zh, "zh-CN"] : [en, "en-GB"];
  document.documentElement.lang = chinese ? "zh-Hans" : "en";
  return before !== words;
}

/** The page's words for a key, with `{name}` filled in. */
export function t(key, values = {}) {
  return (words[key] ?? en[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

const dayOf = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** How many days ago, by the calendar. */
function daysAgo(date) {
  return Math.round((dayOf(new Date()) - dayOf(date)) / 86_400_000);
}

export const sameDay = (a, b) => dayOf(new Date(a * 1000)) === dayOf(new Date(b * 1000));

/** 14:03 */
export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
}

/** Today, Yesterday, 3 November, 3 November 2025 */
export function day(seconds) {
  const date = new Date(seconds * 1000);
  const ago = daysAgo(date);
  if (ago === 0) return t("today");
  if (ago === 1) return t("yesterday");
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString(locale, { day: "numeric", month: "long", year });
}

/** For a list of chats: the time today, the weekday this week, else the date. */
export function when(seconds) {
  const date = new Date(seconds * 1000);
  const ago = daysAgo(date);
  if (ago === 0) return clock(seconds);
  if (ago < 7) return date.toLocaleDateString(locale, { weekday: "short" });
  return date.toLocaleDateString(locale, { day: "numeric", month: "short" });
}

/** The full date and time, for tooltips. */
export function moment(seconds) {
  return new Date(seconds * 1000).toLocaleString(locale, { dateStyle: "medium", timeStyle: "medium" });
}

/** 1.9 MB */
export function size(bytes) {
  if (bytes === undefined) return "";
  if (bytes < 1000) return t("bytes", { n: bytes });
  if (bytes < 1_000_000) return t("kb", { n: Math.round(bytes / 1000) });
  return t("mb", { n: (bytes / 1_000_000).toFixed(1) });
}
