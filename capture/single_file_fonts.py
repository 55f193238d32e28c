"""Fonts once: rules that give one file under several weights, as services for fonts do, become one rule with a range.

For what was asked of them nothing changes: each weight of the range still finds that file. A variable font is then
drawn at weights between as well, which the page did not ask for.
"""

from __future__ import annotations

import re

from capture.single_file_css import TOKEN

_RULE = re.compile(r"@font-face\s*\{([^{}]*)\}", re.IGNORECASE)
_DECLARATION = re.compile(r"""\s*([-\w]+)\s*:((?:[^;"'(]|"[^"]*"|'[^']*'|\([^)]*\))*)(?:;|$)""")
_WEIGHT = re.compile(r"(\d{1,4})(?:\s+(\d{1,4}))?")
_NAMED = {"normal": "400", "bold": "700"}

Face = tuple[tuple[str, str], ...]


def merged(css: str) -> str:
    """The style sheet with such rules put together, at the place of the first of them."""
    found = [(rule, *parsed) for rule in _RULE.finditer(css) if (parsed := _parsed(rule[1]))]
    groups: dict[Face, list[tuple[re.Match[str], int, int]]] = {}
    for rule, face, low, high in found:
        groups.setdefault(face, []).append((rule, low, high))
    if len(groups) == len(found):
        return css
    top = _at_the_top(css)
    changes: list[tuple[int, int, str]] = []
    for face, rules in groups.items():
        together = [one for one in rules if one[0].start() in top]
        if len(together) < 2:
            continue
        low, high = min(one[1] for one in together), max(one[2] for one in together)
        body = ";".join(f"{name}:{value}" for name, value in face)
        weight = f"font-weight:{low}" if low == high else f"font-weight:{low} {high}"
        changes += [(*rule.span(), "") for rule, _, _ in together]
        changes.append((*together[0][0].span(), f"@font-face{{{body};{weight}}}"))
    return _changed(css, changes)


def _parsed(body: str) -> tuple[Face, int, int] | None:
    """The rule's descriptors but for its weight, and its lowest and highest weight; None if it is not that plain."""
    descriptors: dict[str, str] = {}
    at = 0
    while at < len(body) and body[at:].strip():
        declaration = _DECLARATION.match(body, at)
        if not declaration or "/*" in declaration[0]:
            return None
        name = declaration[1].lower()
        if name in descriptors:
            return None  # several sources one after the other: which one counts, a browser decides
        descriptors[name] = declaration[2].strip()
        at = declaration.end()
    weight = descriptors.pop("font-weight", "400").lower()
    numbers = _WEIGHT.fullmatch(_NAMED.get(weight, weight))
    if not numbers or "src" not in descriptors:
        return None
    low = int(numbers[1])
    return tuple(sorted(descriptors.items())), low, int(numbers[2] or low)


def _at_the_top(css: str) -> set[int]:
    """Where rules begin that stand in no other rule: inside of conditions or layers nothing is put together."""
    starts, depth = set(), 0
    for token in TOKEN.finditer(css):
        if token.lastgroup == "at" and depth == 0:
            starts.add(token.start())
        if token.lastgroup == "mark":
            depth += {"{": 1, "}": -1}.get(token.group(), 0)
    return starts


def _changed(css: str, changes: list[tuple[int, int, str]]) -> str:
    out, copied = [], 0
    # Of two changes of one place the one that puts something there counts.
    for start, end, text in sorted(changes, key=lambda change: (change[0], not change[2])):
        if start >= copied:
            out += [css[copied:start], text]
            copied = end
    return "".join([*out, css[copied:]])
