"""What people do, and what of it the bot is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground import membership, people
from playground.errors import ApiError
from playground.people import NotThere, Refused, Writing
from playground.requests import Upload
from tests.unit.playground_desk import (
    ALICE,
    BOB,
    BOT,
    CAROL,
    CHANNEL,
    DISCUSSION,
    FORUM,
    GROUP,
    XIAOLIN,
    Desk,
    picture,
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.world.close()


def test_a_message_comes_with_its_entities(desk: Desk) -> None:
    desk.say("看 http://a.org #标签")
    (update,) = desk.updates()
    assert [e["type"] for e in update["message"]["entities"]] == ["url", "hashtag"]
    assert update["message"]["from"]["language_code"] == "en"


def test_extra_entities_of_a_page_are_kept(desk: Desk) -> None:
    desk.say("read this", entities=[{"type": "text_link", "offset": 5, "length": 4, "url": "http://a.org/"}])
    (update,) = desk.updates()
    assert update["message"]["entities"] == [{"type": "text_link", "offset": 5, "length": 4, "url": "http://a.org/"}]


def test_only_members_write_and_only_administrators_post(desk: Desk) -> None:
    with pytest.raises(Refused):
        desk.say("x", GROUP, CAROL)
    with pytest.raises(Refused):
        desk.say("x", CHANNEL, BOB)
    with pytest.raises(NotThere):
        desk.say("x", -5)
    assert desk.updates() == []


def test_a_channel_post_and_its_copy_in_the_discussion_group(desk: Desk) -> None:
    desk.say("news http://a.org", CHANNEL)
    post, copied = desk.updates()
    assert "from" not in post["channel_post"]
    assert copied["message"]["is_automatic_forward"] is True
    assert copied["message"]["from"]["id"] == 777000
    assert copied["message"]["forward_origin"]["message_id"] == post["channel_post"]["message_id"]
    assert copied["message"]["chat"]["id"] == DISCUSSION


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("http://a.org", False),
        ("/tag x", True),
        ("/tag@hashkeep_bot x", True),
        ("/tag@other_bot x", False),
        ("hi @hashkeep_bot", True),
        ("hi @hashkeep_bots", False),
    ],
)
def test_privacy_mode_shows_the_bot_what_is_meant_for_it(desk: Desk, text: str, seen: bool) -> None:
    desk.world.set_privacy(True)
    desk.say(text, GROUP)
    assert bool(desk.updates()) is seen
    desk.say(text)
    assert len(desk.updates()) == 1, "in a private chat everything is"


async def test_privacy_mode_shows_replies_to_the_bot_and_all_to_an_administrator(desk: Desk) -> None:
    desk.world.set_privacy(True)
    mine = await desk.call("sendMessage", chat_id=GROUP, text="card")
    desk.say("#tag", GROUP, reply_to=mine["message_id"])
    (update,) = desk.updates()
    assert update["message"]["reply_to_message"]["message_id"] == mine["message_id"]
    membership.change(desk.world, GROUP, ALICE, "promote", BOT)
    desk.say("http://a.org", GROUP)
    assert [next(iter(set(u) - {"update_id"})) for u in desk.updates()] == ["my_chat_member", "message"]
    assert (await desk.call("getMe"))["can_read_all_group_messages"] is False


def test_adding_and_removing_the_bot(desk: Desk) -> None:
    chat = membership.new_group(desk.world, ALICE, "New", "supergroup", [BOB], is_forum=False)
    desk.say("not seen", chat.id)
    assert desk.updates() == []
    membership.change(desk.world, chat.id, BOB, "add", BOT)
    joined, service = desk.updates()
    assert joined["my_chat_member"]["old_chat_member"]["status"] == "left"
    assert joined["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert joined["my_chat_member"]["from"]["id"] == BOB
    assert service["message"]["new_chat_members"][0]["id"] == BOT
    membership.change(desk.world, chat.id, ALICE, "remove", BOT)
    (left,) = desk.updates()
    assert left["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    desk.say("not seen", chat.id)
    assert desk.updates() == []


def test_people_come_and_go(desk: Desk) -> None:
    membership.change(desk.world, GROUP, BOB, "add", CAROL)
    assert desk.updates()[0]["message"]["new_chat_members"][0]["id"] == CAROL
    with pytest.raises(Refused):
        membership.change(desk.world, GROUP, BOB, "remove", CAROL)
    membership.change(desk.world, GROUP, CAROL, "leave", CAROL)
    assert desk.updates()[0]["message"]["left_chat_member"]["id"] == CAROL
    with pytest.raises(Refused):
        desk.say("x", GROUP, CAROL)


def test_an_administrator_bot_hears_of_members_when_it_asked(desk: Desk) -> None:
    membership.change(desk.world, GROUP, ALICE, "promote", BOT)
    desk.world.updates.allow(["chat_member"])
    desk.updates()
    membership.change(desk.world, GROUP, ALICE, "promote", BOB)
    (update,) = desk.updates()
    assert update["chat_member"]["new_chat_member"]["status"] == "administrator"


def test_blocking_and_coming_back(desk: Desk) -> None:
    desk.say("hello")
    membership.change(desk.world, ALICE, ALICE, "block", ALICE)
    desk.say("/start")
    kinds = [next(iter(set(u) - {"update_id"})) for u in desk.updates()]
    assert kinds == ["message", "my_chat_member", "my_chat_member", "message"]
    with pytest.raises(Refused):
        membership.change(desk.world, ALICE, BOB, "block", BOB)


def test_an_album_has_its_caption_on_the_first_message(desk: Desk) -> None:
    desk.say("look http://a.org", GROUP, photos=3)
    messages = [u["message"] for u in desk.updates()]
    assert [m.get("caption") for m in messages] == ["look http://a.org", None, None]
    assert len({m["media_group_id"] for m in messages}) == 1
    assert len({m["photo"][-1]["file_unique_id"] for m in messages}) == 3


def test_pictures_and_files_of_a_person(desk: Desk) -> None:
    png = Upload("a.png", "image/png", picture(kind="PNG"))
    page = Upload("a.html", "text/html", b"<p>x")
    desk.say("", uploads=[png])
    desk.say("as they are", uploads=[png], as_files=True)
    desk.say("", uploads=[page])
    photo, file, html = (u["message"] for u in desk.updates())
    assert photo["photo"][-1]["width"] == 640
    assert (file["document"]["mime_type"], file["caption"]) == ("image/png", "as they are")
    assert html["document"]["file_name"] == "a.html"


def test_a_forward_keeps_its_first_origin(desk: Desk) -> None:
    first = desk.say("see http://a.org", GROUP, BOB)
    once = desk.say("", ALICE, forward={"chat": GROUP, "message_id": first.id})
    desk.say("", GROUP, forward={"chat": ALICE, "message_id": once.id})
    last = desk.updates()[-1]["message"]
    assert last["from"]["id"] == ALICE
    assert last["forward_origin"]["sender_user"]["id"] == BOB
    assert last["entities"][0]["type"] == "url"


def test_editing_and_deleting(desk: Desk) -> None:
    message = desk.say("http://a.org", GROUP, BOB)
    people.edit(desk.world, GROUP, message.id, BOB, "http://a.org #new", [])
    update = desk.updates()[-1]["edited_message"]
    assert update["entities"][-1]["type"] == "hashtag"
    assert update["edit_date"]
    with pytest.raises(Refused):
        people.edit(desk.world, GROUP, message.id, ALICE, "x", [])
    with pytest.raises(Refused):
        people.delete(desk.world, GROUP, message.id, XIAOLIN)
    people.delete(desk.world, GROUP, message.id, ALICE)
    assert desk.updates() == [], "a bot is not told of deletions"
    with pytest.raises(NotThere):
        people.delete(desk.world, GROUP, message.id, ALICE)


def test_an_edited_channel_post_and_its_copy(desk: Desk) -> None:
    post = desk.say("one", CHANNEL)
    desk.updates()
    people.edit(desk.world, CHANNEL, post.id, ALICE, "two", [])
    edited, copied = desk.updates()
    assert edited["edited_channel_post"]["text"] == "two"
    assert copied["edited_message"]["text"] == "two"
    assert copied["edited_message"]["is_automatic_forward"] is True


def test_topics(desk: Desk) -> None:
    general = desk.say("general", FORUM, thread=1)
    topic = membership.new_topic(desk.world, FORUM, BOB, "Insects")
    inside = desk.say("inside", FORUM, thread=topic.id)
    first, made, last = (u["message"] for u in desk.updates())
    assert (first["message_id"], "message_thread_id" in first) == (general.id, False)
    assert made["forum_topic_created"]["name"] == "Insects"
    assert (last["message_id"], last["message_thread_id"], last["is_topic_message"]) == (inside.id, topic.id, True)
    with pytest.raises(NotThere):
        desk.say("x", FORUM, thread=999)


def test_replies_in_a_group_are_a_thread_but_no_topic(desk: Desk) -> None:
    root = desk.say("root", GROUP)
    reply = desk.say("reply", GROUP, BOB, reply_to=root.id)
    desk.say("deeper", GROUP, ALICE, reply_to=reply.id)
    shown = desk.updates()[-1]["message"]
    assert shown["message_thread_id"] == root.id
    assert "is_topic_message" not in shown
    assert shown["reply_to_message"]["message_id"] == reply.id
    assert "reply_to_message" not in shown["reply_to_message"]


def test_everything_is_there_after_a_restart(desk: Desk) -> None:
    message = desk.say("http://a.org", GROUP, photos=1)
    desk.world.react(message, BOB, ["👍"])
    desk.world.set_privacy(True)
    membership.new_topic(desk.world, FORUM, BOB, "Insects")
    pending = len(desk.world.updates.pending())
    again = desk.restarted()
    kept = again.world.message(GROUP, message.id)
    assert kept is not None
    assert (kept.body, kept.reactions) == (message.body, [{"emoji": "👍", "from": BOB}])
    assert again.world.privacy is True
    assert again.world.chats[FORUM].topics[-1].name == "Insects"
    assert len(again.world.updates.pending()) == pending
    file = again.world.files.find(message.body["photo"][-1]["file_id"])
    assert file is not None
    assert again.world.files.read(file)
    assert again.say("next", GROUP).id == message.id + 1
    again.world.close()


async def test_a_button_is_answered_once_and_in_time(desk: Desk) -> None:
    question = desk.answers.ask()
    waiting = asyncio.create_task(desk.answers.wait(question, 5))
    await desk.call("answerCallbackQuery", callback_query_id=question, text="done", show_alert="true")
    assert await waiting == {"text": "done", "show_alert": True, "url": None, "answered": True}
    words = await desk.refusal("answerCallbackQuery", callback_query_id=question)
    assert "query is too old" in words
    assert await desk.answers.wait(desk.answers.ask(), 0.01) is None


def test_nothing_is_written_when_it_cannot_be_sent(desk: Desk) -> None:
    writing = Writing(ALICE, "x" * 5000)
    with pytest.raises(ApiError, match="message is too long"):
        people.prepare(desk.world, writing)
    assert desk.world.last_message(ALICE) is None


async def test_a_chat_may_allow_few_reactions(desk: Desk) -> None:
    message = desk.say("x", GROUP)
    membership.change_settings(desk.world, GROUP, ALICE, "Renamed", {"reactions": ["👍"]})
    assert desk.updates()[-1]["message"]["new_chat_title"] == "Renamed"
    eyes = [{"type": "emoji", "emoji": "👀"}]
    words = await desk.refusal("setMessageReaction", chat_id=GROUP, message_id=message.id, reaction=eyes)
    assert words == "Bad Request: REACTION_INVALID"
    assert (await desk.call("getChat", chat_id=GROUP))["available_reactions"] == [{"type": "emoji", "emoji": "👍"}]
    with pytest.raises(Refused):
        membership.change_settings(desk.world, GROUP, BOB, "Mine", {})


def test_reactions_of_people_reach_a_bot_that_asked_for_them(desk: Desk) -> None:
    desk.world.updates.allow(["message_reaction"])
    message, elsewhere = desk.say("x"), desk.say("y", GROUP)
    people.react(desk.world, ALICE, message.id, ALICE, ["👍"])
    people.react(desk.world, ALICE, message.id, ALICE, ["👎"])
    people.react(desk.world, GROUP, elsewhere.id, BOB, ["👍"])
    changes = [(u["message_reaction"]["old_reaction"], u["message_reaction"]["new_reaction"]) for u in desk.updates()]
    up, down = [{"type": "emoji", "emoji": "👍"}], [{"type": "emoji", "emoji": "👎"}]
    assert changes == [([], up), (up, down)], "of a group only an administrator hears"
    with pytest.raises(Refused):
        people.react(desk.world, ALICE, message.id, ALICE, ["✅"])


def test_an_anonymous_administrator_is_the_group(desk: Desk) -> None:
    desk.say("http://a.org", GROUP, anonymous=True)
    message = desk.updates()[0]["message"]
    assert (message["from"]["id"], message["sender_chat"]["id"]) == (1087968824, GROUP)
    with pytest.raises(Refused):
        desk.say("x", GROUP, BOB, anonymous=True)


async def test_a_bots_link_must_be_one_and_a_persons_may_be_hostile(desk: Desk) -> None:
    link = [{"type": "text_link", "offset": 0, "length": 4, "url": "javascript:alert(1)"}]
    assert desk.say("here", entities=link).body["entities"] == link
    words = await desk.refusal("sendMessage", chat_id=ALICE, text="here", entities=link)
    assert words == "Bad Request: entity URL 'javascript:alert(1)' is invalid: Wrong HTTP URL"
