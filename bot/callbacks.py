"""What a button carries: its own state, in at most 64 bytes, so that it works after a restart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MAX_BYTES = 64
Action = Literal["again", "delete", "undo", "files", "card", "file", "show", "page", "pick", "none"]
_LETTERS: dict[Action, str] = {
    "again": "a", "delete": "d", "undo": "u", "files": "f", "card": "c",
    "file": "g", "show": "s", "page": "p", "pick": "k", "none": "n",
}  # fmt: skip
_ACTIONS = {letter: action for action, letter in _LETTERS.items()}
ListKind = Literal["tag", "search", "tags"]
_KINDS: dict[str, ListKind] = {"t": "tag", "s": "search", "l": "tags"}
_KIND_LETTERS = {kind: letter for letter, kind in _KINDS.items()}
FILE_KINDS = ("html", "screenshot", "wacz", "pdf", "text", "original")


class Unreadable(ValueError):
    """The data is none that we make: of an older version, or made up."""


@dataclass(frozen=True)
class CardPress:
    """A button of a card. Both ids are looked up in the chat of the press, never trusted.

    The card is carried and not looked for by its message: a press can come before it is noted which message that is.
    """

    action: Literal["again", "delete", "undo", "files", "card"]
    link_id: int
    card_id: int


@dataclass(frozen=True)
class FilePress:
    """Asks for one file of a link."""

    link_id: int
    kind: str


@dataclass(frozen=True)
class ShowPress:
    """Asks for the card of the link with this number."""

    number: int


@dataclass(frozen=True)
class ListPress:
    """Turns a list to a page, or (`pick`) offers the numbers of that page.

    `query` is None when it was too long to carry: then it stands in the message that the list answers.
    """

    action: Literal["page", "pick"]
    kind: ListKind
    page: int
    query: str | None


@dataclass(frozen=True)
class NoPress:
    """A label that does nothing."""


Press = CardPress | FilePress | ShowPress | ListPress | NoPress


def pack(press: Press) -> str:
    """The callback data of a button."""
    match press:
        case CardPress(action, link_id, card_id):
            data = f"{_LETTERS[action]}:{link_id}:{card_id}"
        case FilePress(link_id, kind):
            data = f"{_LETTERS['file']}:{link_id}:{kind}"
        case ShowPress(number):
            data = f"{_LETTERS['show']}:{number}"
        case ListPress(action, kind, page, query):
            head = f"{_LETTERS[action]}:{_KIND_LETTERS[kind]}:{page}"
            data = head if query is None else f"{head}:{query}"
            if len(data.encode()) > MAX_BYTES:
                data = head
        case NoPress():
            data = _LETTERS["none"]
    return data


def carries(press: Press) -> bool:
    """Whether a button can carry all of it: a list's query may be too long."""
    return not isinstance(press, ListPress) or unpack(pack(press)) == press


def unpack(data: str) -> Press:
    """Reads callback data; raises Unreadable for anything that `pack` does not make."""
    letter, _, rest = data.partition(":")
    action = _ACTIONS.get(letter)
    try:
        match action:
            case "again" | "delete" | "undo" | "files" | "card":
                link_id, card_id = rest.split(":")
                return CardPress(action, _number(link_id), _number(card_id))
            case "file":
                link, kind = rest.split(":")
                if kind not in FILE_KINDS:
                    raise Unreadable(data)
                return FilePress(_number(link), kind)
            case "show":
                return ShowPress(_number(rest))
            case "page" | "pick":
                fields = rest.split(":", 2)
                query = fields[2] if len(fields) == 3 else None
                return ListPress(action, _KINDS[fields[0]], max(1, _number(fields[1])), query)
            case "none":
                return NoPress()
    except (ValueError, KeyError, IndexError) as error:
        raise Unreadable(data) from error
    raise Unreadable(data)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise Unreadable(text)
    return int(text)
