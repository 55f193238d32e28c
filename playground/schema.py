"""Checks a call against the Bot API's own data: the method, its parameters, their types, nested objects.

The real server ignores what it does not know. This one refuses it and names it: a misspelt parameter is a mistake.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from playground.errors import ApiError, bad_request

_INTEGER = re.compile(r"[+-]?\d{1,19}\Z")
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")
_TRUE, _FALSE = {"true", "yes", "1"}, {"false", "no", "0", ""}
_SCALARS = {"Integer", "Float", "String", "Boolean", "InputFile"}
_KIND_KEYS = ("type", "source", "status")


class Mismatch(Exception):
    """A value that is not of its type; the message says where and why."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f'"{where}": {why}')
        self.depth = where.count(".") + where.count("[")


@cache
def schema() -> dict[str, Any]:
    """The compact description (see `make_schema`)."""
    loaded: dict[str, Any] = json.loads(Path(__file__).with_name("schema.json").read_text("utf-8"))
    return loaded


@cache
def _methods_by_lower_case() -> dict[str, str]:
    return {name.lower(): name for name in schema()["methods"]}


def method_name(written: str) -> str:
    """The method as the API spells it (the case does not matter); 404 for an unknown one."""
    name = _methods_by_lower_case().get(written.lower())
    if name is None:
        raise ApiError(404, "Not Found: method not found")
    return name


@cache
def reactions() -> frozenset[str]:
    """The emoji a bot may react with."""
    return frozenset(schema()["reactions"])


def check_call(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The call's parameters with their proper types; 400 that names the first one that is wrong.

    Values are strings as a form holds them, or JSON values. Empty strings count as not given, as on the real server.
    """
    fields: dict[str, str] = schema()["methods"][method]
    result: dict[str, Any] = {}
    for name, value in given.items():
        if name not in fields:
            raise bad_request(f'method {method} has no parameter "{name}"')
        if value is None or (value == "" and fields[name].strip("!") != "String"):
            continue
        try:
            result[name] = _value(fields[name].strip("!"), value, name, from_form=True)
        except Mismatch as problem:
            raise bad_request(f"parameter {problem}") from None
    for name, kind in fields.items():
        if kind.endswith("!") and name not in result and "InputFile" not in kind and name != "text":
            raise _missing(method, name)
    return result


def _missing(method: str, name: str) -> ApiError:
    """The real server has its own words for some of them."""
    words = {"chat_id": "chat_id is empty", "media": 'parameter "media" is required'}
    return bad_request(words.get(name, f'parameter "{name}" of method {method} is required'))


def check_value(kind: str, value: Any, where: str = "value") -> Any:
    """The JSON value, if it is of the kind; `Mismatch` otherwise. For tests of what the server itself says."""
    return _value(kind, value, where, from_form=False)


def _value(kind: str, value: Any, where: str, from_form: bool) -> Any:
    choices = kind.split("|")
    if from_form and isinstance(value, str) and not _SCALARS.intersection(choices):
        value = _parse_json(value, where)
    if len(choices) == 1:
        return _one(choices[0], value, where, from_form)
    if set(choices) <= _SCALARS:
        return _scalar_of(choices, value, where, from_form)
    if all(choice.startswith("Array of ") for choice in choices):
        # An array of A or an array of B: its items may be mixed (an album's photos and videos).
        return _array([choice.removeprefix("Array of ") for choice in choices], value, where)
    return _subtype(choices, value, where)


def _parse_json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Mismatch(where, "can't parse JSON object") from None


def _scalar_of(choices: list[str], value: Any, where: str, from_form: bool) -> Any:
    for choice in choices:
        try:
            return _one(choice, value, where, from_form)
        except Mismatch:
            continue
    raise Mismatch(where, f"must be {' or '.join(choices)}")


def _best(choices: list[str], value: Any, where: str) -> Any:
    """The first kind that fits; else the complaint of the one that came closest."""
    problems: list[Mismatch] = []
    for choice in choices:
        try:
            return _one(choice, value, where, from_form=False)
        except Mismatch as problem:
            problems.append(problem)
    raise max(problems, key=lambda problem: problem.depth)


def _one(kind: str, value: Any, where: str, from_form: bool) -> Any:
    if kind.startswith("="):
        if value != kind[1:]:
            raise Mismatch(where, f'must be "{kind[1:]}"')
        return value
    if kind.startswith("Array of "):
        return _array([kind.removeprefix("Array of ")], value, where)
    if kind in _SCALARS:
        return _scalar(kind, value, where, from_form)
    return _object(kind, value, where)


def _array(kinds: list[str], value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise Mismatch(where, "must be an array")
    if len(kinds) == 1:
        return [_one(kinds[0], item, f"{where}[{n}]", from_form=False) for n, item in enumerate(value)]
    return [_subtype(kinds, item, f"{where}[{n}]") for n, item in enumerate(value)]


def _scalar(kind: str, value: Any, where: str, from_form: bool) -> Any:
    if kind == "Integer":
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if from_form and isinstance(value, str) and _INTEGER.match(value):
            return int(value)
    elif kind == "Float":
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
        if from_form and isinstance(value, str) and _FLOAT.match(value):
            return float(value)
    elif kind == "Boolean":
        if isinstance(value, bool):
            return value
        if from_form and isinstance(value, str) and value.lower() in _TRUE | _FALSE:
            return value.lower() in _TRUE
    elif isinstance(value, str):
        if not _is_unicode(value):
            raise Mismatch(where, "must be encoded in UTF-8")
        return value
    raise Mismatch(where, f"must be {kind}")


def _is_unicode(text: str) -> bool:
    """False for half a surrogate pair, which JSON can carry and nothing else can."""
    return text.isascii() or not any("\ud800" <= ch <= "\udfff" for ch in text)


def _object(kind: str, value: Any, where: str) -> Any:
    description = schema()["types"][kind]
    if isinstance(description, list):
        return _subtype(description, value, where)
    if not isinstance(value, dict):
        raise Mismatch(where, f"must be an object ({kind})")
    result: dict[str, Any] = {}
    for name, item in value.items():
        if name not in description:
            raise Mismatch(f"{where}.{name}", f"{kind} has no such field")
        if item is not None:
            result[name] = _value(description[name].strip("!"), item, f"{where}.{name}", from_form=False)
    for name, field in description.items():
        if field.endswith("!") and name not in result:
            raise Mismatch(f"{where}.{name}", f"is required in {kind}")
    return result


def _subtype(names: list[str], value: Any, where: str) -> Any:
    """One of several types: told by the field that names the kind if there is one, else the first that fits."""
    fitting = [name for name in names if _names_itself(name, value)]
    if not fitting and isinstance(value, dict) and any(_kind_field(name) for name in names):
        raise Mismatch(where, f"its type must be one of {', '.join(_kind_values(names))}")
    return _best(fitting or names, value, where)


def _kind_field(name: str) -> tuple[str, str] | None:
    description = schema()["types"].get(name)
    if isinstance(description, dict):
        for key in _KIND_KEYS:
            if description.get(key, "").startswith("="):
                return key, description[key].strip("=!")
    return None


def _kind_values(names: list[str]) -> list[str]:
    return sorted({field[1] for name in names if (field := _kind_field(name))})


def _names_itself(name: str, value: Any) -> bool:
    field = _kind_field(name)
    return field is not None and isinstance(value, dict) and value.get(field[0]) == field[1]
