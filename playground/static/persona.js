// "Speak as": always in sight, in the list of chats and beside the composer.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { menu } from "./menu.js";
import { avatar, personName } from "./people.js";
import { me, on, store } from "./store.js";
import { speakAs } from "./routes.js";
import { toast } from "./dialogs.js";

const LANGUAGES = { zh: "中文", en: "English" };

/** A button with the speaker's face that opens the list of people. */
export function personaButton(className) {
  const button = h("button", { type: "button", class: `persona ${className}`, "aria-haspopup": "menu" });
  button.addEventListener("click", () => choose(button));
  on("state", () => {
    const person = me();
    if (!person) return;
    const label = t("speaking_as", { name: personName(person) });
    const face = avatar({ ...person, name: personName(person) }, "small");
    button.replaceChildren(face, h("span", { class: "persona-name" }, personName(person)), icon("down"));
    button.setAttribute("aria-label", label);
    button.title = label;
  });
  return button;
}

function choose(button) {
  menu(button, t("speak_as"), [...store.people.values()].map((person) => ({
    before: avatar({ ...person, name: personName(person) }, "small"),
    label: personName(person),
    hint: LANGUAGES[(person.language_code ?? "en").slice(0, 2)] ?? person.language_code,
    checked: person.id === store.me,
    run: () => speakAs(person.id).catch((error) => toast(error.message)),
  })));
}
