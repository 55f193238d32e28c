// The page put together.

import { buildComposer } from "./composer.js";
import { chatHeader } from "./header.js";
import { chatList } from "./chatlist.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { listen } from "./live.js";
import { buildPanel } from "./panel.js";
import { chatName } from "./people.js";
import { follow } from "./routes.js";
import { currentChat, on, store } from "./store.js";
import { timeline } from "./timeline.js";
import { unreadCount } from "./unread.js";
import { toast } from "./dialogs.js";

const app = document.getElementById("app");
const chat = document.getElementById("chat");
const openPanel = buildPanel(document.getElementById("panel"));
const composer = buildComposer(chat);
const nothing = h("p", { class: "nothing" });

chatList(document.getElementById("sidebar"), openPanel);
chat.append(nothing, ...chatHeader(openPanel), timeline(composer), composer.element);

function frame() {
  const open = currentChat();
  app.dataset.screen = open ? "chat" : "list";
  app.dataset.kind = open?.type ?? "";
  chat.classList.toggle("empty", !open);
  nothing.hidden = Boolean(open);
  nothing.textContent = t("pick_chat");
}

function title() {
  const unread = [...store.chats.keys()].reduce((sum, id) => sum + unreadCount(id), 0);
  const name = currentChat() ? `${chatName(currentChat())} · Hashkeep` : "Hashkeep";
  document.title = unread ? `(${unread}) ${name}` : name;
}

for (const kind of ["open", "state"]) on(kind, frame);
for (const kind of ["open", "state", "unread"]) on(kind, title);

/** Starts with the state; a server that is not there yet is asked again. */
async function begin(wait = 500) {
  try {
    await follow();
    listen();
    app.dataset.ready = "true";
  } catch (error) {
    toast(t("load_failed", { why: error.message }));
    setTimeout(() => begin(Math.min(wait * 2, 10_000)), wait);
  }
}

begin();
