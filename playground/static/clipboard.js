// Copying text: the clipboard's own interface needs a secure address, and the page may be open at a plain one.

import { toast } from "./dialogs.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

/** Copies the words and says whether that worked. */
export async function copyText(words) {
  try {
    await navigator.clipboard.writeText(words);
    toast(t("copied"));
  } catch {
    toast(copySelected(words) ? t("copied") : t("not_copied"));
  }
}

function copySelected(words) {
  const before = document.activeElement;
  const field = h("textarea", { class: "offstage", "aria-hidden": "true", tabindex: "-1" });
  field.value = words;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  before?.focus({ preventScroll: true });
  return done;
}
