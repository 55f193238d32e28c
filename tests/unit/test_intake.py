"""Links and tags are read from the entities of a message, whatever stands around them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Chat, Message, MessageEntity, MessageOriginUser, User

from bot.intake import MAX_LINKS, entity_texts, find, read
from bot.markup import units
from capture.address import AddressRule
from storage.records import IntakeNote

RULE = AddressRule()
URL, TAG = MessageEntity.URL, MessageEntity.HASHTAG
ALICE = User(1001, "Alice", is_bot=False, last_name="Liddell", language_code="en")
PRIVATE = Chat(1001, Chat.PRIVATE, first_name="Alice")
GROUP = Chat(-1001, Chat.SUPERGROUP, title="Reading circle")


def message(words: str, *entities: MessageEntity, chat: Chat = PRIVATE, **more: Any) -> Message:
    fields: dict[str, Any] = {"from_user": ALICE, "text": words, "entities": entities, **more}
    return Message(5, datetime(2026, 11, 24, tzinfo=UTC), chat, **fields)


def marked(text: str, *parts: tuple[str, str]) -> list[MessageEntity]:
    """Entities for the parts of a text, with offsets as Telegram counts them."""
    found, position = [], 0
    for kind, part in parts:
        start = text.index(part, position)
        position = start + len(part)
        found.append(MessageEntity(kind, units(text[:start]), units(part)))
    return found


def test_links_and_tags_come_from_entities_in_their_order() -> None:
    text = "🦊 看看 https://example.org/a 和 example.com/b，#网页 #foxes"
    parts = [(URL, "https://example.org/a"), (URL, "example.com/b"), (TAG, "#网页"), (TAG, "#foxes")]
    incoming = read(message(text, *marked(text, *parts)), RULE, "zh")
    assert [link.url for link in incoming.links] == ["https://example.org/a", "http://example.com/b"]
    assert incoming.tags == ("网页", "foxes")
    assert incoming.words == text
    assert (incoming.sender_id, incoming.sender_name, incoming.language) == (1001, "Alice Liddell", "zh")


def test_a_chinese_sentence_goes_on_behind_a_link_without_a_space() -> None:
    text = "看 https://example.org/a，很好。还有 https://example.org/b，#读书"
    parts = [(URL, "https://example.org/a，很好。还有"), (URL, "https://example.org/b，#读书")]
    incoming = read(message(text, *marked(text, *parts)), RULE, "zh")
    assert [link.url for link in incoming.links] == ["https://example.org/a", "https://example.org/b"]
    assert incoming.tags == ("读书",)
    entity = MessageEntity(MessageEntity.TEXT_LINK, 0, 1, url="https://example.org/c，d")
    incoming = read(message(text, entity), RULE, "zh")
    assert [link.url for link in incoming.links] == ["https://example.org/c，d"], "what is given apart is meant whole"


def test_a_caption_counts_as_well_and_a_link_below_words() -> None:
    entity = MessageEntity(MessageEntity.TEXT_LINK, 0, 4, url="https://example.org/hidden")
    photo = message("", text=None, caption="here", caption_entities=[entity], media_group_id="album")
    incoming = read(photo, RULE, "en")
    assert [link.url for link in incoming.links] == ["https://example.org/hidden"]
    assert incoming.media_group_id == "album"


def test_of_our_own_card_the_title_is_a_link_and_the_host_is_not() -> None:
    text = "Foxes\nexample.org · 12\n#foxes"
    title = MessageEntity(MessageEntity.TEXT_LINK, 0, 5, url="https://example.org/foxes")
    entities = [title, *marked(text, (URL, "example.org"), (TAG, "#foxes"))]
    bot = User(7000000001, "Hashkeep", is_bot=True)
    origin = MessageOriginUser(datetime(2026, 11, 24, tzinfo=UTC), bot)
    for card in (message(text, *entities, forward_origin=origin), message(text, *entities, from_user=bot)):
        incoming = read(card, RULE, "en", bot.id)
        assert [link.url for link in incoming.links] == ["https://example.org/foxes"]
        assert incoming.tags == ("foxes",)
    assert len(read(message(text, *entities), RULE, "en", bot.id).links) == 2, "a person's words count whole"


def test_the_same_link_twice_is_one() -> None:
    found = find([(URL, "https://example.org/a?utm_source=x"), (URL, "http://www.example.org/a/")], RULE)
    assert [link.url for link in found.links] == ["https://example.org/a?utm_source=x"]
    assert found.links[0].host == "example.org"


def test_of_many_links_the_first_are_kept_and_the_others_named() -> None:
    found = find([(URL, f"https://example.org/{n}") for n in range(MAX_LINKS + 2)], RULE)
    assert len(found.links) == MAX_LINKS
    assert found.notes == (IntakeNote("too_many", "example.org/20"), IntakeNote("too_many", "example.org/21"))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://example.org/x", "bad_scheme"),
        ("tg://resolve?domain=x", "bad_scheme"),
        ("javascript:alert(1)", "bad_scheme"),
        ("http://10.0.0.1/admin", "private_address"),
        ("http://0x7f000001/", "private_address"),
        ("localhost:8080/x", "private_address"),
        ("https://example.org/" + "x" * 2048, "too_long"),
        ("http://", "bad_address"),
    ],
)
def test_what_cannot_be_kept_is_noted(url: str, code: str) -> None:
    found = find([(URL, url)], RULE)
    assert found.links == ()
    assert [note.code for note in found.notes] == [code]
    assert len(found.notes[0].value) <= 80


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://user:pw@example.org/a?b=@c", "http://example.org/a?b=@c"),
        ("https://pw@example.org", "https://example.org"),
        ("http:\\\\user:pw@example.org\\x", "http://example.org/x"),
    ],
)
def test_credentials_are_not_kept(url: str, kept: str) -> None:
    found = find([(URL, url)], RULE)
    assert [link.url for link in found.links] == [kept]
    assert found.notes == (IntakeNote("credentials_removed", "example.org"),)


@pytest.mark.parametrize("url", ["ftp://user:pw@example.org/", "http://user:pw@10.0.0.1/"])
def test_credentials_are_not_named_either(url: str) -> None:
    assert "pw" not in find([(URL, url)], RULE).notes[0].value


def test_an_at_sign_in_the_path_is_no_credential() -> None:
    found = find([(URL, "https://example.org/@user/post")], RULE)
    assert [link.url for link in found.links] == ["https://example.org/@user/post"]
    assert found.notes == ()


def test_a_hashtag_of_a_channel_is_the_tag_alone() -> None:
    assert find([(TAG, "#news@linknews"), (TAG, "#news")], RULE).tags == ("news",)


def test_a_topic_is_kept_and_a_thread_of_replies_is_not() -> None:
    url = "https://example.org/"
    topic = message(url, *marked(url, (URL, url)), chat=GROUP, message_thread_id=7, is_topic_message=True)
    thread = message(url, *marked(url, (URL, url)), chat=GROUP, message_thread_id=7)
    assert read(topic, RULE, "en").thread_id == 7
    assert read(thread, RULE, "en").thread_id is None


def test_whoever_writes_as_a_chat_is_that_chat() -> None:
    post = message("x", chat=GROUP, from_user=None, sender_chat=Chat(-1009, Chat.CHANNEL, title="Link news"))
    incoming = read(post, RULE, "en")
    assert (incoming.sender_id, incoming.sender_name) == (-1009, "Link news")


words = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="#"), max_size=12
) | st.sampled_from(["🦊", "字", "👩‍👩‍👧", "א", "e\u0301"])  # fmt: skip
part = st.tuples(
    words,
    st.one_of(
        st.tuples(st.just(URL), st.integers(0, 10**6).map(lambda n: f"https://example.org/{n}")),
        st.tuples(st.just(TAG), st.from_regex(r"#[a-z\u4e00-\u4e2f]{1,8}", fullmatch=True)),
    ),
)


@given(st.lists(part, max_size=12))
def test_offsets_are_counted_as_telegram_counts_them(parts: list[tuple[str, tuple[str, str]]]) -> None:
    text, entities, expected = "", [], []
    for before, (kind, value) in parts:
        text += f"{before} "
        entities.append(MessageEntity(kind, units(text), units(value)))
        expected.append((kind, value))
        text += f"{value} "
    assert entity_texts(message(text, *reversed(entities))) == expected
