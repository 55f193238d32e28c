// A picture over the whole page: zoom with wheel, pinch, keys or buttons, drag to move, arrows for the next one.

import { fileUrl } from "./api.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { shownMessages } from "./store.js";
import { zoomable } from "./zoom.js";

/** Opens the picture of a message. */
export function view(message) {
  const pictures = shownMessages().filter((m) => m.photo);
  let at = Math.max(pictures.findIndex((m) => m.message_id === message.message_id), 0);
  const image = h("img", { class: "viewer-image", alt: "", draggable: "false" });
  const stage = h("div", { class: "viewer-stage" }, image);
  const zoom = zoomable(stage, image);
  const caption = h("p", { class: "viewer-caption" });
  const show = (n) => {
    at = Math.min(Math.max(n, 0), pictures.length - 1);
    const sizes = pictures[at].photo;
    const full = sizes.reduce((a, b) => (b.width > a.width ? b : a));
    image.src = fileUrl(full.file_id);
    image.alt = pictures[at].caption ?? t("photo");
    caption.textContent = (pictures[at].caption ?? "").split("\n")[0];
    zoom.reset(full);
    previous.disabled = at === 0;
    next.disabled = at === pictures.length - 1;
  };
  const previous = button("left", "previous", () => show(at - 1));
  const next = button("right", "next", () => show(at + 1));
  const dialog = h("dialog", { class: "viewer", "aria-label": t("photo") }, stage, caption,
    h("div", { class: "viewer-bar" },
      button("minus", "zoom_out", () => zoom.by(1 / 1.5)), button("plus", "zoom_in", () => zoom.by(1.5)),
      button("close", "close", () => dialog.close())),
    pictures.length > 1 && h("div", { class: "viewer-steps" }, previous, next));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("keydown", (event) => {
    const act = {
      ArrowLeft: () => show(at - 1), ArrowRight: () => show(at + 1),
      "+": () => zoom.by(1.25), "=": () => zoom.by(1.25), "-": () => zoom.by(0.8), 0: () => zoom.to(1),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  stage.addEventListener("click", (event) => event.target === stage && !zoom.moved() && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  show(at);
}

function button(name, label, press) {
  const words = { "aria-label": t(label), title: t(label) };
  return h("button", { type: "button", class: "viewer-button", onclick: press, ...words }, icon(name));
}
