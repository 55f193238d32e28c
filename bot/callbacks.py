"""What a button carries: its own state, in at most 64 bytes, so that it works after a restart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from storage.formats.records import EXPORT_FORMATS

MAX_BYTES = 64
Action = Literal[
    "again", "delete", "undo", "files", "card", "file", "show", "page", "pick", "none",
    "question", "take_back", "rule", "setting", "version", "transfer", "suggested", "door",
    "edit", "note", "title", "tags", "all",
]  # fmt: skip
_LETTERS: dict[Action, str] = {
    "again": "a", "delete": "d", "undo": "u", "files": "f", "card": "c",
    "file": "g", "show": "s", "page": "p", "pick": "k", "none": "n",
    "question": "q", "take_back": "z", "rule": "r", "setting": "t", "version": "v", "transfer": "x",
    "suggested": "w", "door": "o", "edit": "e", "note": "m", "title": "i", "tags": "h", "all": "y",
}  # fmt: skip
_ACTIONS = {letter: action for action, letter in _LETTERS.items()}
ListKind = Literal["tag", "search", "tags"]
_KINDS: dict[str, ListKind] = {"t": "tag", "s": "search", "l": "tags"}
_KIND_LETTERS = {kind: letter for letter, kind in _KINDS.items()}
FILE_KINDS = ("html", "screenshot", "wacz", "pdf", "text", "original")


class Unreadable(ValueError):
    """The data is none that we make: of an older version, or made up."""


CardAct = Literal["again", "delete", "undo", "files", "card", "edit", "note", "title", "tags"]


@dataclass(frozen=True)
class CardPress:
    """A button of a card. Both ids are looked up in the chat of the press, never trusted.

    The card is carried and not looked for by its message: a press can come before it is noted which message that is.
    """

    action: CardAct
    link_id: int
    card_id: int


AllAct = Literal["again", "delete", "undo"]


@dataclass(frozen=True)
class AllPress:
    """A button of a card of several links that is about all of them, as far as it fits each."""

    action: AllAct
    card_id: int


@dataclass(frozen=True)
class FilePress:
    """Asks for one file of a link; of one certain capture where that is named."""

    link_id: int
    kind: str
    capture_id: int | None = None


@dataclass(frozen=True)
class SuggestedPress:
    """Takes a tag that a card offers. All three ids are looked up in the chat of the press."""

    link_id: int
    card_id: int
    tag_id: int


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
class QuestionPress:
    """Answers a question that the bot asked back."""

    question_id: int
    yes: bool


@dataclass(frozen=True)
class UndoPress:
    """Undoes a deed."""

    deed_id: int


@dataclass(frozen=True)
class RulePress:
    """Removes a rule, or asks whether it shall be applied to the links that are there.

    The rule is named by its id: the number of one that is gone is given to the next.
    """

    action: Literal["drop", "old"]
    rule_id: int


@dataclass(frozen=True)
class SettingPress:
    """Opens a setting, or chooses a value of it. Both are names of a closed list."""

    name: str
    value: str = ""


@dataclass(frozen=True)
class VersionPress:
    """Lists the captures of a link in the place of a card's buttons, or with a capture opens that one."""

    link_id: int
    card_id: int
    capture_id: int = 0


@dataclass(frozen=True)
class TransferPress:
    """Begins, answers or stops an import or an export; `what` is a format for `export`, otherwise a transfer's id."""

    action: Literal["export", "yes", "no", "stop"]
    what: str


DoorAction = Literal["allow", "later", "block", "withdraw", "unblock", "guests", "blocked", "numbers"]
DOOR_ACTIONS: tuple[DoorAction, ...] = get_args(DoorAction)


@dataclass(frozen=True)
class DoorPress:
    """An owner decides about somebody, or (`guests`, `blocked`, `numbers`) looks at a page of the lists."""

    action: DoorAction
    number: int = 0
    """A chat's id, or a page."""


@dataclass(frozen=True)
class NoPress:
    """A label that does nothing."""


Press = (
    CardPress | FilePress | ShowPress | ListPress | QuestionPress | UndoPress | RulePress | SettingPress
    | VersionPress | TransferPress | SuggestedPress | DoorPress | AllPress | NoPress
)  # fmt: skip
_NAME = re.compile(r"[a-z_]{1,24}")
_VALUE = re.compile(r"[a-z0-9_]{0,24}")


def pack(press: Press) -> str:
    """The callback data of a button."""
    match press:
        case CardPress(action, link_id, card_id):
            data = f"{_LETTERS[action]}:{link_id}:{card_id}"
        case AllPress(act, card_id):
            data = f"{_LETTERS['all']}:{act}:{card_id}"
        case FilePress(link_id, kind, capture_id):
            data = f"{_LETTERS['file']}:{link_id}:{kind}" + (f":{capture_id}" if capture_id else "")
        case SuggestedPress(link_id, card_id, tag_id):
            data = f"{_LETTERS['suggested']}:{link_id}:{card_id}:{tag_id}"
        case ShowPress(number):
            data = f"{_LETTERS['show']}:{number}"
        case ListPress(action, kind, page, query):
            head = f"{_LETTERS[action]}:{_KIND_LETTERS[kind]}:{page}"
            data = head if query is None else f"{head}:{query}"
            if len(data.encode()) > MAX_BYTES:
                data = head
        case QuestionPress(question_id, yes):
            data = f"{_LETTERS['question']}:{question_id}:{int(yes)}"
        case UndoPress(deed_id):
            data = f"{_LETTERS['take_back']}:{deed_id}"
        case RulePress(action, rule_id):
            data = f"{_LETTERS['rule']}:{action}:{rule_id}"
        case SettingPress(name, value):
            data = f"{_LETTERS['setting']}:{name}:{value}"
        case VersionPress(link_id, card_id, capture_id):
            data = f"{_LETTERS['version']}:{link_id}:{card_id}:{capture_id}"
        case TransferPress(action, what):
            data = f"{_LETTERS['transfer']}:{action}:{what}"
        case DoorPress(action, number):
            data = f"{_LETTERS['door']}:{action}:{number}"
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
            case "again" | "delete" | "undo" | "files" | "card" | "edit" | "note" | "title" | "tags":
                link_id, card_id = rest.split(":")
                return CardPress(action, _number(link_id), _number(card_id))
            case "file":
                link, kind, *capture = rest.split(":")
                if kind not in FILE_KINDS or len(capture) > 1:
                    raise Unreadable(data)
                return FilePress(_number(link), kind, _number(capture[0]) or None if capture else None)
            case "suggested":
                return SuggestedPress(*map(_number, rest.split(":")))
            case "show":
                return ShowPress(_number(rest))
            case "page" | "pick":
                fields = rest.split(":", 2)
                query = fields[2] if len(fields) == 3 else None
                return ListPress(action, _KINDS[fields[0]], max(1, _number(fields[1])), query)
            case "none":
                return NoPress()
            case "transfer":
                return _transfer(*rest.split(":"))
            case "door":
                return _door(*rest.split(":"))
            case "question" | "take_back" | "rule" | "setting" | "version" | "all":
                return _upkeep(action, rest.split(":"))
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise Unreadable(data) from error
    raise Unreadable(data)


def _transfer(action: str, what: str) -> Press:
    match action:
        case "export" if what in EXPORT_FORMATS:
            return TransferPress("export", what)
        case "yes" | "no" | "stop":
            return TransferPress(action, str(_number(what)))
    raise Unreadable(action)


def _door(action: str, number: str) -> Press:
    for known in DOOR_ACTIONS:
        if known == action:
            return DoorPress(known, -_number(number[1:]) if number.startswith("-") else _number(number))
    raise Unreadable(action)


def _upkeep(action: Action, fields: list[str]) -> Press:
    match action, fields:
        case "question", [question_id, "0" | "1" as yes]:
            return QuestionPress(_number(question_id), yes == "1")
        case "take_back", [deed_id]:
            return UndoPress(_number(deed_id))
        case "rule", ["drop" | "old" as what, rule_id]:
            return RulePress("drop" if what == "drop" else "old", _number(rule_id))
        case "setting", [name, value] if _NAME.fullmatch(name) and _VALUE.fullmatch(value):
            return SettingPress(name, value)
        case "all", ["again" | "delete" | "undo" as act, card_id]:
            return AllPress(act, _number(card_id))
        case "version", [link_id, card_id, capture_id]:
            return VersionPress(_number(link_id), _number(card_id), _number(capture_id))
    raise Unreadable(":".join(fields))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise Unreadable(text)
    return int(text)
