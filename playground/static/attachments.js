// Files chosen, pasted or dropped for the next message.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { size, t } from "./i18n.js";

/** An album holds so many at most. */
const MOST = 10;

/** The tray of chosen files above the composer. */
export function attachments(changed) {
  const tray = h("ul", { class: "tray", hidden: true });
  let files = [];
  const asFiles = h("input", { type: "checkbox" });
  const kind = h("label", { class: "check", hidden: true }, asFiles, h("span", {}, t("as_files")));
  const draw = () => {
    for (const image of tray.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    tray.replaceChildren(...files.map((file) => h("li", { class: "tray-item" },
      file.type.startsWith("image/") ? h("img", { src: URL.createObjectURL(file), alt: "" }) : icon("file"),
      h("span", { class: "tray-name" }, file.name, h("small", {}, size(file.size))),
      h("button", {
        type: "button", class: "icon-button", "aria-label": `${t("remove")} ${file.name}`,
        onclick: () => set(files.filter((f) => f !== file)),
      }, icon("close")))));
    kind.hidden = !files.some((file) => file.type.startsWith("image/"));
    kind.lastChild.textContent = t("as_files");
    tray.append(h("li", { class: "tray-kind" }, kind));
    tray.hidden = !files.length;
    changed();
  };
  const set = (chosen) => {
    files = [...chosen].slice(0, MOST);
    draw();
  };
  return {
    tray, files: () => files, asFiles: () => asFiles.checked && !kind.hidden,
    add: (more) => set([...files, ...more]), clear: () => set([]),
  };
}

/** Lets files be pasted into a field and dropped on an area. */
export function acceptFiles(field, area, add) {
  field.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    add(event.clipboardData.files);
  });
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  area.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    area.dataset.drop = t("drop_here");
  });
  area.addEventListener("dragleave", (event) => !area.contains(event.relatedTarget) && delete area.dataset.drop);
  area.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    delete area.dataset.drop;
    add(event.dataTransfer.files);
  });
}
