// A message in one line: for the list of chats, quotes and service lines.

import { t } from "./i18n.js";
import { personName, senderOf } from "./people.js";

const MEDIA = ["photo", "video", "animation", "document", "sticker", "voice", "audio"];

/** The text of a service message, or null when it is an ordinary one. */
export function serviceText(message) {
  const who = message.from ? personName(message.from) : senderOf(message).name;
  if (message.new_chat_members) {
    const others = message.new_chat_members.filter((user) => user.id !== message.from?.id);
    const whom = others.map(personName).join(", ");
    return others.length ? t("added", { who, whom }) : t("joined", { who });
  }
  if (message.left_chat_member) {
    const whom = personName(message.left_chat_member);
    return message.left_chat_member.id === message.from?.id ? t("left", { who }) : t("removed", { who, whom });
  }
  if (message.new_chat_title) return t("titled", { who, name: message.new_chat_title });
  if (message.group_chat_created || message.supergroup_chat_created) return t("created", { who });
  if (message.channel_chat_created) return t("channel_created");
  if (message.forum_topic_created) return t("new_topic", { name: message.forum_topic_created.name });
  if (message.pinned_message) return t("pinned", { who });
  if (message.migrate_to_chat_id || message.migrate_from_chat_id) return t("migrated");
  return isContent(message) ? null : t("service");
}

function isContent(message) {
  return message.text !== undefined || message.caption !== undefined || MEDIA.some((kind) => message[kind]);
}

/** What the message says, in one line. */
export function summary(message) {
  const service = serviceText(message);
  if (service !== null) return service;
  const words = (message.text ?? message.caption ?? "").replace(/\s+/g, " ").trim();
  const kind = MEDIA.find((name) => message[name]);
  if (!kind) return words;
  if (words) return words;
  return kind === "document" ? (message.document.file_name ?? t("document")) : t(kind);
}
