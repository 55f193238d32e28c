// Photos, albums and files in bubbles.

import { fileUrl } from "./api.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { size, t } from "./i18n.js";
import { view } from "./viewer.js";

const WIDEST = 420;
const HIGHEST = 290;
const NARROWEST = 180;
const NARROWEST_WITH_WORDS = 320;
const OPENABLE = /^(text\/|image\/|application\/(pdf|json|xhtml))/;

/** The size of a photo worth loading for a width on this screen. */
function fitting(sizes, width) {
  const wanted = width * Math.min(window.devicePixelRatio || 1, 2);
  const bySize = [...sizes].sort((a, b) => a.width - b.width);
  return bySize.find((s) => s.width >= wanted) ?? bySize.at(-1);
}

const largest = (sizes) => sizes.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a));

/** The box of a message's photo: its own shape, within limits; one that is too long for it shows its upper part. */
export function photoBox(message) {
  const { width, height } = largest(message.photo);
  const least = message.caption || message.reply_markup || message.reply_to_message ? NARROWEST_WITH_WORDS : NARROWEST;
  const shown = Math.max(width * Math.min(WIDEST / width, HIGHEST / height, 1.5), least);
  return { width: Math.round(shown), height: Math.round(Math.max(Math.min((shown * height) / width, HIGHEST), 80)) };
}

/** A photo that opens in the viewer. */
export function photo(message) {
  const box = photoBox(message);
  return h("button", {
    type: "button", class: "photo", "aria-label": t("open_photo"),
    style: { width: `${box.width}px`, "aspect-ratio": `${box.width} / ${box.height}` },
    onclick: () => view(message),
  }, picture(fitting(message.photo, box.width), message));
}

function picture(chosen, message) {
  return h("img", {
    src: fileUrl(chosen.file_id), width: chosen.width, height: chosen.height, alt: message.caption ?? t("photo"),
    loading: "lazy", decoding: "async", draggable: "false",
  });
}

/** Several photos as one grid: rows of two or three, each picture cropped to its cell. */
export function album(messages) {
  const columns = messages.length === 1 ? 1 : (messages.length % 3 === 0 || messages.length > 4 ? 3 : 2);
  const cells = messages.map((message, n) => {
    const last = messages.length % columns;
    const alone = last === 1 && n === 0;
    return h("button", {
      type: "button", class: "cell", "aria-label": t("open_photo"), onclick: () => view(message),
      style: alone ? { "grid-column": `span ${columns}` } : {},
    }, picture(fitting(message.photo, alone ? WIDEST : WIDEST / columns), message));
  });
  return h("div", { class: "album", style: { "--columns": columns } }, cells);
}

const extension = (name) => (/\.([a-z0-9]{1,5})$/i.exec(name)?.[1] ?? "").toLowerCase();

/** A file as a card: name, size, open, download. */
export function file(message) {
  const document = message.document;
  const name = document.file_name ?? t("document");
  const href = fileUrl(document.file_id);
  const opens = OPENABLE.test(document.mime_type ?? "") || /^(html?|txt|md|pdf)$/.test(extension(name));
  const save = { href, download: name, "aria-label": t("download", { name }), title: t("download", { name }) };
  return h("div", { class: "file" },
    h("span", { class: "file-icon", "aria-hidden": "true" }, icon("file"), h("b", {}, extension(name))),
    h("span", { class: "file-about" },
      h("span", { class: "file-name" }, name),
      h("span", { class: "file-size" }, [size(document.file_size), extension(name).toUpperCase()].filter(Boolean).join(" · "))),
    opens && h("a", {
      class: "file-open", href, target: "_blank", rel: "noopener noreferrer", "aria-label": t("open_new", { name }),
    }, t("open")),
    h("a", { class: "icon-button", ...save }, icon("download")),
  );
}

/** Any other file: a line with a link. */
export function other(message) {
  for (const kind of ["video", "animation", "voice", "audio", "sticker"]) {
    if (!message[kind]) continue;
    const { file_id: id, file_size: bytes } = message[kind];
    return h("a", { class: "file plain", href: fileUrl(id), target: "_blank", rel: "noopener noreferrer" },
      h("span", { class: "file-icon", "aria-hidden": "true" }, icon("file")),
      h("span", { class: "file-about" },
        h("span", { class: "file-name" }, message[kind].file_name ?? t(kind)), h("span", { class: "file-size" }, size(bytes))));
  }
  return null;
}
