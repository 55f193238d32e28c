"""Makes `schema.json`: the Bot API's methods and types, facts only, from a full description of the API.

    python -m playground.make_schema path/to/telegram-bot-api.json

A field is one string: its types, joined by `|`; a trailing `!` means that it is required; `=x` is the one value it may
have (`"=photo!"`). A type that stands for several others is the list of their names.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("schema.json")
_FIXED_VALUE = re.compile(r'(?:always|must be) [“"]?([a-z0-9_]+)[”"]?$')
_EMOJI_LIST = re.compile(r'"([^"]+)"')


def make_schema(reference: dict[str, Any]) -> dict[str, Any]:
    """The compact form of the description."""
    types = {name: _type(kind) for name, kind in reference["types"].items()}
    emoji = next(f for f in reference["types"]["ReactionTypeEmoji"]["fields"] if f["name"] == "emoji")
    return {
        "version": reference["version"],
        "reactions": _EMOJI_LIST.findall(emoji["description"]),
        "methods": {name: _fields(method) for name, method in reference["methods"].items()},
        "returns": {name: "|".join(method["returns"]) for name, method in reference["methods"].items()},
        "types": types,
    }


def _type(kind: dict[str, Any]) -> dict[str, str] | list[str]:
    if kind.get("subtypes"):
        return list(kind["subtypes"])
    return _fields(kind)


def _fields(holder: dict[str, Any]) -> dict[str, str]:
    return {field["name"]: _field(field) for field in holder.get("fields", [])}


def _field(field: dict[str, Any]) -> str:
    kinds = "|".join(field["types"])
    fixed = _FIXED_VALUE.search(field["description"].rstrip("."))
    if field["name"] in ("type", "source", "status") and kinds == "String" and fixed:
        kinds = f"={fixed[1]}"
    return kinds + ("!" if field["required"] else "")


def main() -> int:
    """Writes the file next to this module."""
    if len(sys.argv) != 2:
        print("usage: python -m playground.make_schema path/to/telegram-bot-api.json", file=sys.stderr)
        return 2
    schema = make_schema(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    TARGET.write_text(json.dumps(schema, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    print(f"{TARGET}: {len(schema['methods'])} methods, {len(schema['types'])} types")
    return 0


if __name__ == "__main__":
    sys.exit(main())
