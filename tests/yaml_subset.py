"""As much of YAML as the files in deploy/ use, and no more: whatever else stands in them is an error.

Mappings, block sequences, flow sequences of one line, plain and double-quoted scalars, comments of whole lines, anchors
of mappings with `<<`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_KEY = re.compile(r'(?P<key>"[^"]+"|[^\s"\'\[\]{}#&*!|>%@`,-][^"\'{}\[\]#]*?):(?: (?P<value>.*))?')
_ANCHOR = re.compile(r"&(\w+)")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_CONSTANTS = {"true": True, "false": False, "null": None, "": None}


class NotUnderstood(ValueError):
    """The text is no YAML, or uses more of it than this reads."""


@dataclass(frozen=True)
class _Line:
    number: int
    indent: int
    text: str


def load(text: str) -> Any:
    """The document as dicts, lists and scalars. Raises NotUnderstood."""
    if "\t" in text:
        raise NotUnderstood("a tab")
    lines = [
        _Line(number, len(raw) - len(raw.lstrip()), raw.strip())
        for number, raw in enumerate(text.splitlines(), 1)
        if raw.strip() and not raw.lstrip().startswith("#")
    ]
    reader = _Reader(lines)
    found = reader.block(lines[0].indent if lines else 0)
    if reader.lines:
        raise NotUnderstood(f"line {reader.lines[0].number}: not where it belongs")
    return found


class _Reader:
    def __init__(self, lines: list[_Line]) -> None:
        self.lines = lines
        self._anchors: dict[str, Any] = {}

    def block(self, indent: int) -> Any:
        if not self.lines or self.lines[0].indent < indent:
            return None
        if self.lines[0].indent > indent:
            raise NotUnderstood(f"line {self.lines[0].number}: indented too far")
        return self._sequence(indent) if self.lines[0].text.startswith("- ") else self._mapping(indent)

    def _sequence(self, indent: int) -> list[Any]:
        found = []
        while self.lines and self.lines[0].indent == indent and self.lines[0].text.startswith("- "):
            line = self.lines.pop(0)
            inner = line.text[2:].lstrip()
            if _KEY.fullmatch(inner) and not inner.startswith('"'):
                self.lines.insert(0, _Line(line.number, indent + 2, inner))
                found.append(self._mapping(indent + 2))
            else:
                found.append(_scalar(inner, line))
        return found

    def _mapping(self, indent: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        while self.lines and self.lines[0].indent == indent and not self.lines[0].text.startswith("- "):
            line = self.lines.pop(0)
            match = _KEY.fullmatch(line.text)
            if not match:
                raise NotUnderstood(f"line {line.number}: {line.text}")
            key, value = match["key"].strip('"'), (match["value"] or "").strip()
            if key == "<<":
                merged = self._anchors[value.removeprefix("*")]
            elif key in found:
                raise NotUnderstood(f"line {line.number}: {key} stands there twice")
            elif anchor := _ANCHOR.fullmatch(value):
                found[key] = self._anchors[anchor[1]] = self._below(indent)
            else:
                found[key] = _scalar(value, line) if value else self._below(indent)
        return {**merged, **found}

    def _below(self, indent: int) -> Any:
        return self.block(self.lines[0].indent) if self.lines and self.lines[0].indent > indent else None


def _scalar(text: str, line: _Line) -> Any:
    if text.startswith("["):
        if not text.endswith("]"):
            raise NotUnderstood(f"line {line.number}: a list of more than one line")
        return [_scalar(part, line) for part in re.findall(r'\s*("[^"]*"|[^,"]+)\s*(?:,|$)', text[1:-1])]
    if text.startswith('"'):
        try:
            return json.loads(text)
        except ValueError:
            raise NotUnderstood(f"line {line.number}: {text}") from None
    if text[:1] in "{&*!|>'%@`" or " #" in text or ": " in text:
        raise NotUnderstood(f"line {line.number}: {text}")
    text = text.strip()
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text
