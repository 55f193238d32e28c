"""Faults, the guard against other sites, the making of the schema."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from playground import methods
from playground.__main__ import main
from playground.errors import ApiError, DropConnection
from playground.faults import KINDS, Faults, strike
from playground.make_schema import make_schema
from playground.make_tlds import top_level_domains
from playground.schema import Mismatch, check_value
from playground.security import refusal

HERE = "127.0.0.1:8081"


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"host": HERE}, True),
        ({"host": "localhost:8081"}, True),
        ({"host": "[::1]:8081"}, True),
        ({"host": "192.168.0.7:8081"}, True),
        ({"host": "rebound.example:8081"}, False),
        ({"host": "127.0.0.1.example:8081"}, False),
        ({"host": "play.example"}, True),
        ({"host": "play:8081"}, True),
        ({}, False),
        ({"host": HERE, "origin": f"http://{HERE}"}, True),
        ({"host": HERE, "origin": "http://127.0.0.1:9999"}, False),
        ({"host": HERE, "origin": "null"}, False),
        ({"host": HERE, "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, True),
        ({"host": HERE, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, False),
        ({"host": HERE, "sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}, False),
        ({"host": HERE, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, True),
    ],
)
def test_who_may_ask(headers: dict[str, str], allowed: bool) -> None:
    assert (refusal(headers, frozenset({"play.example"})) is None) is allowed


async def test_a_fault_strikes_as_often_as_ordered() -> None:
    faults = Faults()
    faults.order({"method": "sendPhoto", "kind": 429, "times": 2, "retry_after": 7})
    assert faults.take("sendMessage", 1) is None
    for _ in range(2):
        fault = faults.take("sendPhoto", 1)
        assert fault is not None
        with pytest.raises(ApiError) as refused:
            await strike(fault)
        assert refused.value.answer() == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 7",
            "parameters": {"retry_after": 7},
        }
    assert faults.take("sendPhoto", 1) is None


async def test_a_fault_may_be_for_one_chat_or_for_every_method() -> None:
    faults = Faults()
    faults.order({"method": "*", "kind": "drop", "chat_id": 5})
    assert faults.take("sendMessage", "6") is None
    fault = faults.take("getChat", "5")
    assert fault is not None
    with pytest.raises(DropConnection):
        await strike(fault)
    faults.order({"method": "*", "kind": "500"})
    faults.clear()
    assert faults.take("getMe", None) is None


@pytest.mark.parametrize("body", [{"kind": "418"}, {"kind": "500", "colour": "red"}, {}])
def test_what_is_no_fault_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        Faults().order(body)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("blocked", "Forbidden: bot was blocked by the user"), ("502", "Bad Gateway"), ("401", "Unauthorized")],
)
async def test_words_of_faults(kind: str, words: str) -> None:
    with pytest.raises(ApiError) as refused:
        await strike(Faults().order({"kind": kind}))
    assert refused.value.description == words


def test_the_schema_is_made_of_facts_alone() -> None:
    emoji = {"name": "emoji", "types": ["String"], "required": True, "description": 'One of "👍", "👀".'}
    kind = {"name": "type", "types": ["String"], "required": True, "description": 'Type, always "emoji"'}
    text = {"name": "text", "types": ["String", "Integer"], "required": False, "description": "Optional. Words"}
    reference = {
        "version": "1",
        "methods": {"say": {"fields": [text], "returns": ["Message", "Boolean"]}},
        "types": {"ReactionTypeEmoji": {"fields": [kind, emoji]}, "Any": {"subtypes": ["ReactionTypeEmoji"]}},
    }
    assert make_schema(reference) == {
        "version": "1",
        "reactions": ["👍", "👀"],
        "methods": {"say": {"text": "String|Integer"}},
        "returns": {"say": "Message|Boolean"},
        "types": {"ReactionTypeEmoji": {"type": "=emoji!", "emoji": "String!"}, "Any": ["ReactionTypeEmoji"]},
    }


def test_top_level_domains_of_a_public_suffix_list() -> None:
    text = "// comment\nac\ncom.ac\n*.ck\n!www.ck\n中国\nxn--fiqs8s\n// ===END ICANN DOMAINS===\nprivate\n"
    assert top_level_domains(text) == ["ac", "ck", "中国"]


def test_a_mismatch_names_the_deepest_place() -> None:
    with pytest.raises(Mismatch, match=r'"m\.entities\[0\]\.offset": must be Integer'):
        check_value(
            "Message",
            {
                "message_id": 1,
                "date": 0,
                "chat": {"id": 1, "type": "private"},
                "entities": [{"type": "bold", "offset": "1", "length": 1}],
            },
            "m",
        )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--host", "0.0.0.0"], "add --public"),
        (["--token", "secret"], "the token must look like"),
    ],
)
def test_the_command_line_refuses_with_a_sentence(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--data", "/nonexistent", "--token", "7000000001:AAxxx", *arguments])
    assert says in capsys.readouterr().err


def test_the_readme_names_what_is_done() -> None:
    text = (Path(__file__).parents[2] / "playground" / "README.md").read_text("utf-8")
    part = text.partition("It does:")[2].partition("##")[0]
    assert set(re.findall(r"`(\w+)`", part)) == methods.handled()
    assert all(f"`{kind}`" in text for kind in KINDS), "a kind of fault is not named"
