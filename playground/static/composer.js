// Where one writes: text, reply, edit, files, commands.

import * as api from "./api.js";
import { acceptFiles, attachments } from "./attachments.js";
import { commandMenu } from "./commandmenu.js";
import { toast } from "./dialogs.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { inlineMenu } from "./inlinemenu.js";
import { t } from "./i18n.js";
import { menu } from "./menu.js";
import { personaButton } from "./persona.js";
import { chatName, personName, senderOf } from "./people.js";
import { send } from "./sending.js";
import { currentChat, isAdmin, isMember, isMine, me, on, put, shownMessages, store } from "./store.js";
import { summary } from "./summary.js";

const HIGHEST_PX = 180;

/** Builds the composer. `area` takes dropped files. */
export function buildComposer(area) {
  const field = h("textarea", { rows: 1, class: "field", enterkeyhint: "send", autocomplete: "off", dir: "auto" });
  const about = h("div", { class: "about-message", hidden: true });
  const sendButton = h("button", { type: "submit", class: "icon-button send" }, icon("send"));
  const attach = h("button", { type: "button", class: "icon-button attach", "aria-haspopup": "menu" }, icon("clip"));
  const picker = h("input", { type: "file", multiple: true, hidden: true, tabindex: "-1" });
  const note = h("p", { class: "composer-note", hidden: true });
  const self = { field, about, sendButton, attach, note, mode: null, drafts: new Map(), place: null };
  self.tray = attachments(() => adjust(self));
  self.commands = commandMenu(field, (text, complete) => (complete ? submit(self, text) : self.compose(text)));
  self.inline = inlineMenu(field, () => setText(self, ""));
  const form = h("form", { class: "composer-row" }, personaButton("in-composer"), attach, note, field, sendButton, picker);
  const element = h("div", { class: "composer" }, self.commands.list, self.inline.list, about, self.tray.tray, form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(self);
  });
  attach.addEventListener("click", () => attachMenu(attach, picker));
  picker.addEventListener("change", () => {
    self.tray.add(picker.files);
    picker.value = "";
    field.focus();
  });
  field.addEventListener("input", () => {
    adjust(self);
    self.commands.update();
    self.inline.update();
  });
  field.addEventListener("keydown", (event) => key(self, event));
  field.addEventListener("blur", () => {
    self.commands.close();
    self.inline.close();
  });
  acceptFiles(field, area, (files) => canWrite() && self.tray.add(files));
  for (const kind of ["open", "state"]) on(kind, () => draw(self, form));
  on("asked", () => answerTo(self, store.asked));
  return Object.assign(self, {
    element,
    focus: () => field.focus(),
    compose: (text) => setText(self, text),
    sendText: (text) => canWrite() && send({ text }),
    reply: (message) => setMode(self, { kind: "reply", message }),
    edit: (message) => {
      setMode(self, { kind: "edit", message });
      setText(self, message.text ?? message.caption ?? "");
    },
  });
}

function canWrite() {
  const chat = currentChat();
  if (!chat) return false;
  return chat.type === "channel" ? isAdmin(chat) : isMember(chat);
}

/** A change of chat or speaker: drafts are kept for each. */
function draw(self, form) {
  const place = `${store.me}/${store.chatId}/${store.topicId}`;
  if (place !== self.place) {
    if (self.place && self.mode?.kind !== "edit") self.drafts.set(self.place, self.field.value);
    self.place = place;
    setMode(self, null);
    self.tray.clear();
    self.inline.close();
    self.field.value = self.drafts.get(place) ?? "";
    if (matchMedia("(hover: hover)").matches && canWrite()) self.field.focus({ preventScroll: true });
  }
  const chat = currentChat();
  const writes = canWrite();
  const label = chat ? t("write_to", { name: chatName(chat) }) : t("write");
  name(self.field, label, "");
  name(self.attach, t("attach"));
  self.field.placeholder = t("write");
  self.field.disabled = self.attach.disabled = !writes;
  form.classList.toggle("closed", !writes);
  self.note.hidden = writes || !chat;
  const forAdmins = chat?.type === "channel" && isMember(chat);
  self.note.textContent = forAdmins ? t("member_only") : t("not_member", { name: personName(me()) });
  adjust(self);
}

function name(element, words, title = words) {
  element.setAttribute("aria-label", words);
  element.title = title;
}

/** The height of the field follows its text; the send button its being empty. */
function adjust(self) {
  self.field.style.height = "auto";
  self.field.style.height = `${Math.min(self.field.scrollHeight, HIGHEST_PX)}px`;
  self.field.style.overflowY = self.field.scrollHeight > HIGHEST_PX ? "auto" : "hidden";
  name(self.sendButton, t(self.mode?.kind === "edit" ? "save" : "send"));
  self.sendButton.disabled = !canWrite() || (!self.field.value.trim() && !self.tray.files().length);
}

function setText(self, text) {
  self.field.value = text;
  adjust(self);
  self.field.focus();
  self.field.setSelectionRange(text.length, text.length);
}

function setMode(self, mode) {
  self.mode = mode;
  self.field.placeholder = t("write");
  self.about.hidden = !mode;
  self.sendButton.replaceChildren(icon(mode?.kind === "edit" ? "check" : "send"));
  if (!mode) return self.about.replaceChildren();
  const title = mode.kind === "edit" ? t("editing") : t("replying", { name: senderOf(mode.message).name });
  self.about.replaceChildren(icon(mode.kind), h("div", {}, h("b", {}, title), h("span", {}, summary(mode.message))),
    h("button", { type: "button", class: "icon-button", "aria-label": t("cancel"), onclick: () => leaveMode(self) }, icon("close")));
  return self.field.focus();
}

/** The bot asks for a reply: like Telegram, the composer is set to give one. */
function answerTo(self, message) {
  if (message.chat.id !== store.chatId || !canWrite() || self.mode?.kind === "edit") return;
  setMode(self, { kind: "reply", message });
  self.field.placeholder = message.force_reply.input_field_placeholder ?? t("write");
}

function leaveMode(self) {
  const editing = self.mode?.kind === "edit";
  setMode(self, null);
  if (editing) setText(self, "");
  self.field.focus();
}

async function submit(self, given) {
  const text = (given ?? self.field.value).trim();
  const files = self.tray.files();
  const { mode } = self;
  if (!canWrite() || (!text && !files.length)) return;
  const asFiles = self.tray.asFiles();
  self.commands.close();
  self.inline.close();
  self.tray.clear();
  setMode(self, null);
  setText(self, "");
  if (mode?.kind === "edit") return save(self, mode.message, text);
  const replyTo = mode?.kind === "reply" ? mode.message : null;
  await send({ text, files, asFiles, replyTo });
}

async function save(self, message, text) {
  if (text === (message.text ?? message.caption)) return;
  try {
    const saved = await api.editMessage(message, store.me, text);
    put(saved.messages?.[0] ?? saved.message ?? saved);
  } catch (error) {
    toast(error.message);
    self.edit(message);
    setText(self, text);
  }
}

function key(self, event) {
  if (event.isComposing || event.keyCode === 229) return; // an input method is at work: Enter chooses its word
  if (self.commands.key(event) || self.inline.key(event)) return event.preventDefault();
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    return submit(self);
  }
  if (event.key === "Escape" && self.mode) return leaveMode(self);
  if (event.key === "ArrowUp" && !self.field.value && !self.mode) {
    const last = shownMessages().findLast((m) => isMine(m) && !m.forward_origin && (m.text ?? m.caption) !== undefined);
    if (!last) return undefined;
    event.preventDefault();
    self.edit(last);
  }
  return undefined;
}

function attachMenu(button, picker) {
  menu(button, t("attach"), [
    { icon: "file", label: t("attach_files"), run: () => picker.click() },
    { icon: "image", label: t("sample_photo"), run: () => send({ photos: 1 }) },
    { icon: "image", label: t("sample_album"), run: () => send({ photos: 3 }) },
  ]);
}
