"""Elements under names of our own: `single_file_shapes.js` writes what no parser would leave at its place as
`hashkeep-p` for `p`. Style sheets are made to mean both names, and the browser's own look is given to ours."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from capture.single_file_css import TOKEN, unescape

PREFIX = "hashkeep-"
_SELECTOR_FUNCTIONS = frozenset(
    "is where not has matches any -webkit-any -moz-any host host-context slotted nth-child nth-last-child".split()  # noqa: SIM905
)
_BLOCKS = frozenset("p form dt dd body html li h1 h2 h3 h4 h5 h6".split())  # noqa: SIM905
_LOOKS = {
    "p": "margin-block:1em",
    "dd": "margin-inline-start:40px",
    "li": "display:list-item",
    "body": "margin:8px",
    "head": "display:none",
    "h1": "font-size:2em;margin-block:.67em;font-weight:bold",
    "h2": "font-size:1.5em;margin-block:.83em;font-weight:bold",
    "h3": "font-size:1.17em;margin-block:1em;font-weight:bold",
    "h4": "margin-block:1.33em;font-weight:bold",
    "h5": "font-size:.83em;margin-block:1.67em;font-weight:bold",
    "h6": "font-size:.67em;margin-block:2.33em;font-weight:bold",
    "nobr": "white-space:nowrap",
    "button": "display:inline-block;box-sizing:border-box;padding:2px 7px;border:1px solid #767676;"
    "border-radius:3px;background:#efefef;color:#000;font:13.3333px Arial;text-align:center",
    "caption": "display:table-caption;text-align:center",
    "colgroup": "display:table-column-group",
    "col": "display:table-column",
    "thead": "display:table-header-group;vertical-align:middle",
    "tbody": "display:table-row-group;vertical-align:middle",
    "tfoot": "display:table-footer-group;vertical-align:middle",
    "tr": "display:table-row;vertical-align:inherit",
    "td": "display:table-cell;vertical-align:inherit;padding:1px",
    "th": "display:table-cell;vertical-align:inherit;padding:1px;text-align:center;font-weight:bold",
}
"""What the HTML Standard, 15.3, "Non-replaced elements", says of them."""


def looks(names: Collection[str]) -> str:
    """Rules that weigh nothing, so that any rule of the page wins over them."""
    rules = []
    for name in names:
        block = "display:block;" if name in _BLOCKS and name != "li" else ""
        if declarations := block + _LOOKS.get(name, ""):
            rules.append(f":where({PREFIX}{name}){{{declarations}}}")
    if "a" in names:
        rules.append(f":where({PREFIX}a[href]){{color:-webkit-link;text-decoration:underline;cursor:pointer}}")
    return "".join(rules)


def meanings(renamed: Collection[str], poses: Collection[str]) -> dict[str, str]:
    """What takes the place of each selector by name; it weighs the same.

    `renamed`: names that also stand with our prefix. `poses`: `canvas img` for a canvas that is written as an image,
    which a rule for images then does not mean.
    """
    found = {name: f":is({name},{PREFIX}{name})" for name in renamed}
    pairs = [pair.split(" ") for pair in poses]
    others: dict[str, str] = {}
    for name, written in pairs:
        others[written] = ",".join(filter(None, (others.get(written), f"[data-hashkeep={name}]")))
    for name, written in pairs:
        found[name] = f":is({name},:where([data-hashkeep={name}]))"
        found.setdefault(written, f"{written}:not(:where({others[written]}))")
    return found


def meaning_both(css: str, names: Mapping[str, str]) -> str:
    """The style sheet with each of those selectors as `meanings` has it."""
    if not names:
        return css
    out: list[str] = []
    copied = start = 0
    """Up to where the text is in `out`; where the present prelude began."""
    for found in TOKEN.finditer(css):
        if found.lastgroup != "mark" or found.group() not in "{};":
            continue
        prelude = css[start : found.start()]
        if found.group() == "{" and _holds_selectors(prelude):
            out += [css[copied:start], _both(prelude, names)]
            copied = found.start()
        start = found.end()
    return "".join([*out, css[copied:]])


def _holds_selectors(prelude: str) -> bool:
    text = re.sub(r"/\*.*?\*/", "", prelude, flags=re.DOTALL).lstrip()
    return not text.startswith("@") or text[:6].lower() == "@scope"


def _both(prelude: str, names: Mapping[str, str]) -> str:
    out: list[str] = []
    copied = 0
    functions: list[str] = []
    depth = 0
    """Of square brackets."""
    before = 0
    for found in TOKEN.finditer(prelude):
        between = prelude[before : found.start()]
        depth += between.count("[") - between.count("]")
        before = found.end()
        kind, text = found.lastgroup, found.group()
        if kind == "function":
            functions.append(unescape(text[:-1]).lower())
        elif text == "(":
            functions.append("is")
        elif text == ")" and functions:
            functions.pop()
        elif kind == "name" and not depth and prelude[found.start() - 1 : found.start()] not in tuple(".:|&%#-\\"):
            name = text.lower()
            if name in names and all(function in _SELECTOR_FUNCTIONS for function in functions):
                out += [prelude[copied : found.start()], names[name]]
                copied = found.end()
    return "".join([*out, prelude[copied:]])
