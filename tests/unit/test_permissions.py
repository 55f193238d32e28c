"""The whole table of permissions, walked: who may do what, where, under every choice that a chat has."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any, cast, get_args

import pytest
from telegram import Chat

from bot.access import Membership
from bot.permissions import DEEDS, PLACES, ROLES, Deed, Place, Role, may, place_of, who_may
from bot.rights import Actor, Rights
from storage.choices import DEFAULTS, Choices, parse
from storage.records import ChatKind

# Of stranger, member, poster, admin, owner: the initials of those who may, in private, in a group, in a channel.
EXPECTED: dict[str, str] = {
    "keep": "mpa mpa a", "find": "mpa mpa mpa", "show": "mpa mpa mpa", "turn": "mpa mpa a", "file": "mpa mpa mpa",
    "recapture": "mpa mpa a", "note": "mpa mpa a", "title": "mpa mpa a", "give_copy": "mpa mpa a",
    "delete": "mpa pa pa", "undo_delete": "mpa pa pa",
    "tag": "mpa mpa a", "untag_link": "mpa mpa a", "take_suggestion": "mpa mpa a",
    "rename": "mpa a a", "merge": "mpa a a", "untag": "mpa a a", "undo": "mpa a a",
    "rule": "mpa a a", "rule_list": "mpa mpa a", "rule_on_old": "mpa a a",
    "forget": "mpa mpa -", "export_own": "mpa mpa -", "export_all": "mpa a a", "import": "mpa a a",
    "stop_transfer": "mpa a a", "queue": "mpa mpa a", "settings": "mpa a a", "topic": "- a -",
    "inline": "mpa mpa mpa", "deep_link": "mpa mpa mpa",
    "admin": "o - -", "admit": "o - -", "quota": "o o o",
}  # fmt: skip
CHOICES = [
    Choices(who_deletes=deletes, who_renames=renames)
    for deletes, renames in product(("poster", "admins", "members"), ("admins", "members"))
]
BY_CHOICE = {"delete", "undo_delete", "rename", "merge", "untag", "undo"}


def allowed(deed: Deed, place: Place, choices: Choices = DEFAULTS) -> str:
    roles = [role for role in ROLES if may(deed, place, frozenset({role}), choices)]
    return "".join(role[0] for role in roles) or "-"


def test_every_deed_is_in_the_test() -> None:
    assert set(DEEDS) == set(EXPECTED)


@pytest.mark.parametrize("deed", DEEDS)
def test_who_may_do_it_in_each_place(deed: Deed) -> None:
    assert " ".join(allowed(deed, place) for place in PLACES) == EXPECTED[deed]


@pytest.mark.parametrize("choices", CHOICES, ids=lambda c: f"{c.who_deletes}-{c.who_renames}")
def test_what_a_chat_chose_moves_only_what_it_is_about(choices: Choices) -> None:
    group = {"poster": "pa", "admins": "a", "members": "mpa"}[choices.who_deletes]
    renames = {"admins": "a", "members": "mpa"}[choices.who_renames]
    for deed in DEEDS:
        private, in_group, channel = (allowed(deed, place, choices) for place in PLACES)
        assert private == EXPECTED[deed].split()[0], "in one's own chat nothing is restricted"
        if deed in ("delete", "undo_delete"):
            assert in_group == group
            assert channel == ("a" if choices.who_deletes == "admins" else "pa"), "subscribers never delete"
        elif deed in BY_CHOICE:
            assert (in_group, channel) == (renames, "a")
        else:
            assert f"{private} {in_group} {channel}" == EXPECTED[deed]


@pytest.mark.parametrize("deed", DEEDS)
def test_a_stranger_may_nothing_whatever_else_they_are(deed: Deed) -> None:
    once: list[Role] = ["member", "poster", "admin"]
    for place, choices in product(PLACES, CHOICES):
        assert not may(deed, place, frozenset({"stranger"}), choices)
        assert not may(deed, place, frozenset({"stranger", *once}), choices), "who has left has lost it"


@pytest.mark.parametrize("deed", DEEDS)
def test_an_admin_may_what_members_may(deed: Deed) -> None:
    for place, choices in product(PLACES, CHOICES):
        enough = who_may(deed, place, choices)
        assert "admin" in enough or not enough & {"member", "poster"}
        assert "poster" in enough or "member" not in enough


def test_every_kind_of_chat_is_a_place() -> None:
    assert {kind: place_of(kind) for kind in get_args(ChatKind)} == {
        "private": "private", "group": "group", "supergroup": "group", "channel": "channel",
    }  # fmt: skip


class Standing:
    """Stands in for Telegram's word on who is where."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, int]] = []

    async def is_member(self, chat_id: int, person_id: int) -> bool:
        self.asked.append(("member", chat_id, person_id))
        return chat_id == person_id if chat_id > 0 else person_id in (1, 2)

    async def is_admin(self, chat_id: int, person_id: int) -> bool:
        self.asked.append(("admin", chat_id, person_id))
        return chat_id == person_id if chat_id > 0 else person_id == 2


def rights(owners: tuple[int, ...] = (9,)) -> tuple[Rights, Standing]:
    standing = Standing()
    return Rights(cast(Membership, standing), owners), standing


def chat(chat_id: int = -100, kind: str = Chat.SUPERGROUP) -> Chat:
    return cast(Chat, SimpleNamespace(id=chat_id, type=kind))


@pytest.mark.parametrize(
    ("deed", "actor", "expected"),
    [
        ("note", Actor(1, "Member"), True),
        ("note", Actor(3, "Stranger who pressed"), False),
        ("note", Actor(3, "Wrote it here", wrote_here=True), True),
        ("rename", Actor(1, "Member"), False),
        ("rename", Actor(2, "Admin"), True),
        ("rename", Actor(-100, "Anonymous admin", wrote_here=True, as_chat=True), True),
        ("rename", Actor(-200, "A channel", wrote_here=True), False),
        ("delete", Actor(1, "Poster"), True),
        ("quota", Actor(9, "Owner who is no member"), True),
        ("find", Actor(9, "Owner who is no member"), False),
        ("admin", Actor(9, "Owner in a group"), False),
    ],
)
async def test_roles_are_asked_of_telegram(deed: Deed, actor: Actor, expected: bool) -> None:
    some, _ = rights()
    assert await some.may_by(DEFAULTS, deed, chat(), actor, first_sharer_id=1) is expected


async def test_somebody_else_is_no_poster() -> None:
    some, _ = rights()
    assert not await some.may_by(DEFAULTS, "delete", chat(), Actor(1, "Member"), first_sharer_id=5)


async def test_telegram_is_not_asked_for_what_is_known() -> None:
    some, standing = rights()
    assert await some.may_by(DEFAULTS, "keep", chat(), Actor(1, "Member", wrote_here=True))
    assert standing.asked == []


async def test_a_private_chat_is_its_persons_alone() -> None:
    some, _ = rights()
    own = chat(7, Chat.PRIVATE)
    for deed in DEEDS:
        if deed not in ("admin", "admit", "quota", "topic"):
            assert await some.may_by(DEFAULTS, deed, own, Actor(7, "Self"))
        assert not await some.may_by(DEFAULTS, deed, own, Actor(1, "Somebody else"))


def test_settings_that_cannot_be_read_fall_back_to_their_defaults() -> None:
    stored: dict[str, Any] = {"keep": "sometimes", "quiet": True, "keep_days": -1, "of_a_later_version": 1}
    assert parse(stored) == Choices(quiet=True)
    assert parse({}) == DEFAULTS


@pytest.mark.parametrize(
    ("host", "captured"),
    [("bank.example", False), ("my.bank.example", False), ("notbank.example", True), ("bank.example.org", True)],
)
def test_hosts_that_are_never_captured(host: str, captured: bool) -> None:
    assert Choices(never_hosts=("bank.example",)).captures(host) is captured
