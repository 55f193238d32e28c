// A picture over the whole page: zoom with wheel, pinch, keys or buttons, drag to move, arrows for the next one.

import { fileUrl } from "./api.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { shownMessages } from "./store.js";

const MOST = 8;
const READABLE_PX = 1000;

/** Opens the picture of a message. */
export function view(message) {
  const pictures = shownMessages().filter((m) => m.photo);
  let at = Math.max(pictures.findIndex((m) => m.message_id === message.message_id), 0);
  const image = h("img", { class: "viewer-image", alt: "", draggable: "false" });
  const stage = h("div", { class: "viewer-stage" }, image);
  const zoom = zoomable(stage, image);
  const caption = h("p", { class: "viewer-caption" });
  const button = (name, label, press) =>
    h("button", { type: "button", class: "viewer-button", "aria-label": t(label), title: t(label), onclick: press }, icon(name));
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

/** Makes an image zoomable and movable inside its stage. A tall page starts at the width that can be read, from its top. */
function zoomable(stage, image) {
  let [scale, x, y, natural, dragged] = [1, 0, 0, { width: 1, height: 1 }, false];
  const pointers = new Map();
  const paint = () => {
    image.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    stage.classList.toggle("zoomed", scale > 1);
  };
  const base = () => image.getBoundingClientRect().width / scale;
  const limit = () => {
    const wide = Math.max(0, (base() * scale - stage.clientWidth) / 2);
    const high = Math.max(0, (image.clientHeight * scale - stage.clientHeight) / 2);
    x = Math.min(Math.max(x, -wide), wide);
    y = Math.min(Math.max(y, -high), high);
  };
  const to = (wanted, cx = 0, cy = 0) => {
    const most = Math.max(MOST, (natural.width / Math.max(base(), 1)) * 2);
    const now = Math.min(Math.max(wanted, 1), most);
    x = cx - ((cx - x) * now) / scale;
    y = cy - ((cy - y) * now) / scale;
    scale = now;
    limit();
    paint();
  };
  const centre = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  };
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    to(scale * Math.exp(-event.deltaY / 300), ...centre(event));
  }, { passive: false });
  image.addEventListener("dblclick", (event) => to(scale > 1 ? 1 : 2.5, ...centre(event)));
  stage.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, event);
    dragged = false;
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const other = [...pointers.values()].find((p) => p.pointerId !== event.pointerId);
    pointers.set(event.pointerId, event);
    const step = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (Math.hypot(...step) > 2) dragged = true;
    if (other) {
      const apart = (p) => Math.hypot(p.clientX - other.clientX, p.clientY - other.clientY) || 1;
      to(scale * (apart(event) / apart(before)), ...centre(event));
    } else if (scale > 1) {
      [x, y] = [x + step[0], y + step[1]];
      limit();
      paint();
    }
  });
  for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, (event) => pointers.delete(event.pointerId));
  const reset = (size) => {
    [scale, x, y, natural] = [1, 0, 0, size];
    paint();
    image.decode().then(begin, () => {});
  };
  const begin = () => {
    const readable = Math.min(stage.clientWidth, natural.width, READABLE_PX);
    if (base() > readable / 2) return;
    to(readable / base());
    y = Infinity;
    limit();
    paint();
  };
  return { to, by: (factor) => to(scale * factor), reset, moved: () => dragged };
}
