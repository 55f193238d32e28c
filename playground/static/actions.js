// What one can do with a message: reply, forward, copy, edit, delete.

import * as api from "./api.js";
import { copyText } from "./clipboard.js";
import { confirmBox, pick, toast } from "./dialogs.js";
import { menu } from "./menu.js";
import { t } from "./i18n.js";
import { chatAvatar, chatName } from "./people.js";
import { reactionMenu } from "./reactions.js";
import { openChat } from "./routes.js";
import { drop, isAdmin, isMember, isMine, putSent, store } from "./store.js";
import { h } from "./dom.js";

/** Opens the menu of a message. `composer` answers to reply(message) and edit(message). */
export function messageMenu(at, message, composer) {
  const chat = store.chats.get(message.chat.id);
  const words = message.text ?? message.caption;
  const posted = chat.type === "channel" && isAdmin(chat) && !message.from?.is_bot;
  const mine = isMine(message) || posted;
  const editable = mine && words !== undefined && !message.forward_origin;
  const deletable = mine || isAdmin(chat) || chat.type === "private";
  menu(at, t("actions"), [
    isMember(chat) && { icon: "reply", label: t("reply"), run: () => composer.reply(message) },
    isMember(chat) && { icon: "smile", label: t("react"), run: () => reactionMenu(at, message) },
    editable && { icon: "edit", label: t("edit"), run: () => composer.edit(message) },
    words && { icon: "copy", label: t("copy"), run: () => copyText(words) },
    { icon: "forward", label: t("forward"), run: () => forward(message) },
    deletable && { icon: "trash", label: t("delete"), danger: true, run: () => remove(message) },
  ]);
}

async function forward(message) {
  const target = await pick(t("forward_to"), [...store.chats.values()].map((chat) => ({
    value: chat.id, content: [chatAvatar(chat, "small"), h("span", {}, chatName(chat))],
  })));
  if (target === null) return;
  try {
    const { messages } = await api.sendMessage(target, {
      as: store.me, forward: { chat: message.chat.id, message_id: message.message_id },
    });
    await openChat(target);
    messages.forEach(putSent);
  } catch (error) {
    toast(error.message);
  }
}

async function remove(message) {
  if (!(await confirmBox(t("delete_sure"), t("delete")))) return;
  try {
    await api.deleteMessage(message, store.me);
    drop(message.chat.id, [message.message_id]);
  } catch (error) {
    toast(error.message);
  }
}
