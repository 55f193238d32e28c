// What happens while one looks on: the server's events, with reconnecting and reading again what was missed.

import { changed, drop, loadState, put, react, resync, store } from "./store.js";
import { dropPendingLike } from "./sending.js";
import { noteArrival } from "./unread.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
const TYPING_MS = 5_000;

let wait = FIRST_WAIT_MS;
let missed = false;

/** chat id → { action, until } */
export const actions = new Map();

/** Opens the stream of events and keeps it open. */
export function listen() {
  const source = new EventSource("/play/api/events");
  source.onopen = () => {
    wait = FIRST_WAIT_MS;
    if (missed) resync().catch(() => {});
    missed = false;
    setConnected(true);
  };
  source.onmessage = ({ data }) => take(JSON.parse(data));
  source.onerror = () => {
    // EventSource tries again by itself, but not after an HTTP error and with no growing pause.
    source.close();
    missed = true;
    setConnected(false);
    setTimeout(listen, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  };
}

function setConnected(connected) {
  if (store.connected === connected) return;
  store.connected = connected;
  changed("connection");
}

function take(event) {
  const known = store.chats.has(event.message?.chat.id ?? event.chat_id);
  switch (event.type) {
    case "message":
      if (!known) return loadState().catch(() => {});
      actions.delete(event.message.chat.id);
      dropPendingLike(event.message);
      put(event.message);
      noteArrival(event.message);
      if (asksMe(event.message)) ask(event.message);
      return changed("action");
    case "edited":
      return known && put(event.message);
    case "deleted":
      return drop(event.chat_id, event.message_ids ?? [event.message_id]);
    case "reaction":
      return react(event.chat_id, event.message_id, event.reactions);
    case "action":
      return noteAction(event);
    case "chat":
    case "privacy":
      return loadState().catch(() => {});
    default:
      return undefined; // an event of a newer server
  }
}

/** A selective question is for those whom it names, and for the one whose message it answers. */
function asksMe(message) {
  if (!message.force_reply) return false;
  if (!message.force_reply.selective || message.chat.type === "private") return true;
  const named = (message.entities ?? []).some((entity) => entity.type === "text_mention" && entity.user.id === store.me);
  return named || message.reply_to_message?.from?.id === store.me;
}

function ask(message) {
  store.asked = message;
  changed("asked");
}

function noteAction({ chat_id: chatId, action }) {
  actions.set(chatId, { action, until: Date.now() + TYPING_MS });
  changed("action");
  setTimeout(() => {
    if ((actions.get(chatId)?.until ?? Infinity) <= Date.now()) {
      actions.delete(chatId);
      changed("action");
    }
  }, TYPING_MS + 50);
}
