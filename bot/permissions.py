"""Who may do what, and where: one table. Everything that a person can do with an archive is looked up here.

Pure: who somebody *is* in a chat (`bot.rights` asks Telegram) comes in as a set of roles. Roles add up: whoever shared
a link and is an admin has both. A bot's owner who is not a member of a chat has nothing there but what is said of
owners alone: running the bot gives no look into other people's chats.
"""

from __future__ import annotations

from typing import Literal, get_args

from storage.choices import Choices
from storage.records import ChatKind

Place = Literal["private", "group", "channel"]
Role = Literal["stranger", "member", "poster", "admin", "owner"]
"""Whoever is outside; in the chat; the first who shared the link in question; an admin of the chat (in a private chat
its person); an owner of the bot."""

Deed = Literal[
    # links and their captures
    "keep", "find", "show", "turn", "file", "recapture", "note", "title", "give_copy", "delete", "undo_delete",
    # tags
    "tag", "untag_link", "take_suggestion", "rename", "merge", "untag", "undo", "rule", "rule_list", "rule_on_old",
    # one's own, and the whole
    "forget", "export_own", "export_all", "import", "stop_transfer",
    # the chat
    "queue", "settings", "topic",
    # elsewhere
    "inline", "deep_link",
    # the bot
    "admin", "admit", "quota",
]  # fmt: skip
"""`turn` is what a press changes for all who see the message: its buttons, a list's page, a card that it asks for."""
DEEDS: tuple[Deed, ...] = get_args(Deed)
ROLES: tuple[Role, ...] = get_args(Role)
PLACES: tuple[Place, ...] = get_args(Place)

Who = Literal["members", "poster", "admins", "owners", "deleters", "renamers", "nobody"]
"""`poster` and `admins` are above members: what members may, they may as well. `deleters` and `renamers` are whom the
chat chose for it."""

_TABLE: dict[Deed, tuple[Who, Who, Who]] = {
    #                   private     group        channel (its subscribers are members, whoever writes in it is an admin)
    "keep":            ("members",  "members",   "admins"),
    "find":            ("members",  "members",   "members"),
    "show":            ("members",  "members",   "members"),
    "turn":            ("members",  "members",   "admins"),
    "file":            ("members",  "members",   "members"),
    "recapture":       ("members",  "members",   "admins"),
    "note":            ("members",  "members",   "admins"),
    "title":           ("members",  "members",   "admins"),
    "give_copy":       ("members",  "members",   "admins"),
    "delete":          ("members",  "deleters",  "deleters"),
    "undo_delete":     ("members",  "deleters",  "deleters"),
    "tag":             ("members",  "members",   "admins"),
    "untag_link":      ("members",  "members",   "admins"),
    "take_suggestion": ("members",  "members",   "admins"),
    "rename":          ("members",  "renamers",  "renamers"),
    "merge":           ("members",  "renamers",  "renamers"),
    "untag":           ("members",  "renamers",  "renamers"),
    "undo":            ("members",  "renamers",  "renamers"),
    "rule":            ("members",  "admins",    "admins"),
    "rule_list":       ("members",  "members",   "admins"),
    "rule_on_old":     ("members",  "admins",    "admins"),
    "forget":          ("members",  "members",   "nobody"),
    "export_own":      ("members",  "members",   "nobody"),
    "export_all":      ("members",  "admins",    "admins"),
    "import":          ("members",  "admins",    "admins"),
    "stop_transfer":   ("members",  "admins",    "admins"),
    "queue":           ("members",  "members",   "admins"),
    "settings":        ("members",  "admins",    "admins"),
    "topic":           ("nobody",   "admins",    "nobody"),
    "inline":          ("members",  "members",   "members"),
    "deep_link":       ("members",  "members",   "members"),
    "admin":           ("owners",   "nobody",    "nobody"),
    "admit":           ("owners",   "nobody",    "nobody"),
    "quota":           ("owners",   "owners",    "owners"),
}  # fmt: skip

_ROLES_OF: dict[Who, frozenset[Role]] = {
    "members": frozenset({"member", "poster", "admin"}),
    "poster": frozenset({"poster", "admin"}),
    "admins": frozenset({"admin"}),
    "owners": frozenset({"owner"}),
    "nobody": frozenset(),
}


def place_of(kind: ChatKind) -> Place:
    """The kind of place that a chat is."""
    return "group" if kind in ("group", "supergroup") else "private" if kind == "private" else "channel"


def who_may(deed: Deed, place: Place, choices: Choices) -> frozenset[Role]:
    """The roles of which one is enough."""
    who = _TABLE[deed][PLACES.index(place)]
    if who == "deleters":
        # In a channel every subscriber is a member: what is read by thousands is deleted by those who write it.
        who = choices.who_deletes if place == "group" or choices.who_deletes == "admins" else "poster"
    elif who == "renamers":
        who = choices.who_renames if place == "group" else "admins"
    return _ROLES_OF[who]


def may(deed: Deed, place: Place, roles: frozenset[Role], choices: Choices) -> bool:
    """Whether somebody with these roles may do it. A stranger's other roles count for nothing but an owner's."""
    if "stranger" in roles:
        roles = roles & {"owner"}
    return bool(roles & who_may(deed, place, choices))
