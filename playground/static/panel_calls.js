// The bot's calls as they come, for whoever develops it.

import { getRequests } from "./api.js";
import { arrange, h } from "./dom.js";
import { t } from "./i18n.js";

const EVERY_MS = 1_500;
const MOST = 300;

/** Fills the tab and keeps it live; gives the function that stops that. */
export function callsTab(body) {
  const list = h("ol", { class: "calls", reversed: true });
  const none = h("p", { class: "help" }, t("calls_none"));
  const filter = h("input", { class: "input", type: "search", placeholder: "sendPhoto", "aria-label": t("calls_filter") });
  const polls = h("input", { type: "checkbox" });
  const state = { since: 0, calls: [], stopped: false, timer: 0 };
  const draw = () => {
    const wanted = filter.value.toLowerCase();
    const shown = state.calls.filter(({ method }) =>
      method.toLowerCase().includes(wanted) && (polls.checked || method.toLowerCase() !== "getupdates"));
    const before = new Map([...list.children].map((li) => [li.dataset.n, li]));
    arrange(list, shown.map((call) => before.get(String(call.n)) ?? callItem(call)));
    none.hidden = shown.length > 0;
  };
  const look = async () => {
    try {
      const { requests } = await getRequests(state.since);
      if (requests.length) {
        state.since = requests.at(-1).n;
        state.calls = [...requests.reverse(), ...state.calls].slice(0, MOST);
        draw();
      }
    } catch {
      // The page says elsewhere that the connection is lost; the next look comes.
    }
    if (!state.stopped) state.timer = setTimeout(look, EVERY_MS);
  };
  filter.addEventListener("input", draw);
  polls.addEventListener("change", draw);
  arrange(body, [h("section", { class: "calls-section" }, h("p", { class: "help" }, t("calls_help")), filter,
    h("label", { class: "check" }, polls, h("span", {}, t("calls_polls"))), none, list)]);
  look();
  return () => {
    state.stopped = true;
    clearTimeout(state.timer);
  };
}

function callItem({ n, method, params, ok, error }) {
  const words = error?.description ?? (typeof error === "object" ? JSON.stringify(error) : error) ?? "";
  const end = ok ? `#${n}` : `${t("failed_call")} ${words}`;
  return h("li", { dataset: { n }, class: ok ? "" : "bad" }, h("details", {},
    h("summary", {}, h("code", {}, method), h("small", {}, end)),
    h("pre", {}, JSON.stringify(params, null, 2))));
}
