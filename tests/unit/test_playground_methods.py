"""The bot's calls: what they do, and the words in which the rest is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from telegram import Message as PtbMessage

from playground import membership, methods
from playground.errors import ApiError
from playground.schema import check_call, method_name, schema
from tests.unit.playground_desk import (
    ALICE,
    BOB,
    BOT,
    CAROL,
    CHANNEL,
    DISCUSSION,
    FORUM,
    GROUP,
    Desk,
    picture,
)  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.say("hello")
    made.updates()
    yield made
    made.world.close()


def keyboard(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "Go", **button}]]}


BAD = "Bad Request: "
WIDE = {"inline_keyboard": [[{"text": "x", "url": "http://a.org"}] * 9]}
HALF_A_CHARACTER = '{"inline_keyboard": [[{"text": "\\ud83d", "callback_data": "x"}]]}'
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("sendMessage", {"text": "x"}, BAD + "chat_id is empty"),
        ("sendMessage", {"chat_id": 5, "text": "x"}, BAD + "chat not found"),
        ("sendMessage", {"chat_id": "@nobody", "text": "x"}, BAD + "chat not found"),
        ("sendMessage", {"chat_id": ALICE}, BAD + "message text is empty"),
        ("sendMessage", {"chat_id": ALICE, "text": " \n "}, BAD + "message text is empty"),
        ("sendMessage", {"chat_id": ALICE, "text": "x" * 4097}, BAD + "message is too long"),
        ("sendMessage", {"chat_id": BOB, "text": "x"}, "Forbidden: bot can't initiate conversation with a user"),
        ("sendMessage", {"chat_id": ALICE, "text": "x", "disable_web_page_preview": "true"},
         BAD + 'method sendMessage has no parameter "disable_web_page_preview"'),
        ("sendMessage", {"chat_id": ALICE, "text": "x", "disable_notification": "perhaps"},
         BAD + 'parameter "disable_notification": must be Boolean'),
        ("sendMessage", {"chat_id": ALICE, "text": "x", "reply_parameters": {"message_id": 99}},
         BAD + "message to be replied not found"),
        ("sendMessage", {"chat_id": ALICE, "text": "x", "reply_parameters": {"id": 1}},
         BAD + 'parameter "reply_parameters.id": ReplyParameters has no such field'),
        ("sendMessage", {"chat_id": ALICE, "text": "x", "reply_parameters": {}},
         BAD + 'parameter "reply_parameters.message_id": is required in ReplyParameters'),
        ("sendMessage", {"chat_id": ALICE, "text": "x", "reply_parameters": "{"},
         BAD + 'parameter "reply_parameters": can\'t parse JSON object'),
        ("sendMessage", {"chat_id": ALICE, "text": "x", "message_thread_id": 5}, BAD + "message thread not found"),
        ("sendMessage", {"chat_id": FORUM, "text": "x", "message_thread_id": 1}, BAD + "message thread not found"),
        ("sendMessage", {"chat_id": FORUM, "text": "x", "message_thread_id": 77}, BAD + "message thread not found"),
        ("sendMessage", {"chat_id": ALICE, "text": "x", "reply_markup": keyboard(callback_data="x" * 65)},
         BAD + "BUTTON_DATA_INVALID"),
        ("sendMessage", {"chat_id": ALICE, "text": "x", "reply_markup": keyboard()},
         BAD + "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        ("sendMessage", {"chat_id": ALICE, "text": "x", "reply_markup": keyboard(url="http://localhost/x")},
         BAD + "inline keyboard button URL 'http://localhost/x' is invalid: Wrong HTTP URL"),
        ("sendMessage", {"chat_id": ALICE, "text": "x", "reply_markup": keyboard(color="red")},
         BAD + 'parameter "reply_markup.inline_keyboard[0][0].color": InlineKeyboardButton has no such field'),
        ("sendMessage", {"chat_id": ALICE, "text": "x", "reply_markup": WIDE},
         BAD + "reply markup is too long"),
        ("sendPhoto", {"chat_id": ALICE}, BAD + "there is no photo in the request"),
        ("sendPhoto", {"chat_id": ALICE, "photo": "AgACnothing"}, BAD + "wrong file identifier/HTTP URL specified"),
        ("sendPhoto", {"chat_id": ALICE, "photo": "http://a.org/x.jpg"}, BAD + "failed to get HTTP URL content"),
        ("sendMediaGroup", {"chat_id": ALICE}, BAD + 'parameter "media" is required'),
        ("sendMediaGroup", {"chat_id": ALICE, "media": []}, BAD + "there are no messages to send"),
        ("sendMediaGroup", {"chat_id": ALICE, "media": [{"type": "photo", "media": "x"}] * 11},
         BAD + "too many messages to send as an album"),
        ("sendMediaGroup", {"chat_id": ALICE, "media": [{"type": k, "media": "x"} for k in ("photo", "document")]},
         BAD + "document can't be mixed with other media types"),
        ("editMessageText", {"chat_id": ALICE, "message_id": 99, "text": "x"}, BAD + "message to edit not found"),
        ("editMessageText", {"chat_id": ALICE, "message_id": 1, "text": "x"}, BAD + "message can't be edited"),
        ("deleteMessage", {"chat_id": ALICE, "message_id": 99}, BAD + "message to delete not found"),
        ("setMessageReaction", {"chat_id": ALICE, "message_id": 99}, BAD + "message to react not found"),
        ("setMessageReaction", {"chat_id": ALICE, "message_id": 1, "reaction": [{"type": "emoji", "emoji": "✅"}]},
         BAD + "REACTION_INVALID"),
        ("setMessageReaction", {"chat_id": ALICE, "message_id": 1, "reaction": []}, BAD + "REACTION_EMPTY"),
        ("setMessageReaction", {"chat_id": ALICE, "message_id": 1, "reaction": [{"type": "emoji", "emoji": "👀"}] * 2},
         BAD + "REACTIONS_TOO_MANY"),
        ("setMessageReaction", {"chat_id": ALICE, "message_id": 1, "reaction": [{"type": "smile"}]},
         BAD + 'parameter "reaction[0]": its type must be one of custom_emoji, emoji, paid'),
        ("answerCallbackQuery", {"callback_query_id": "1"},
         BAD + "query is too old and response timeout expired or query ID is invalid"),
        ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, BAD + "MESSAGE_TOO_LONG"),
        ("getFile", {"file_id": "x"}, BAD + "wrong file_id or the file is temporarily unavailable"),
        ("getChatMember", {"chat_id": GROUP, "user_id": 5}, BAD + "PARTICIPANT_ID_INVALID"),
        ("setMyCommands", {"commands": [{"command": "Tag!", "description": "x"}]}, BAD + "BOT_COMMAND_INVALID"),
        ("setMyCommands", {"commands": [], "language_code": "english"}, BAD + "invalid language code specified"),
        ("getUpdates", {"allowed_updates": ["messages"]},
         BAD + 'parameter "allowed_updates": there is no update type "messages"'),
        ("setWebhook", {"url": "http://example.org/x"}, BAD + "bad webhook: An HTTPS URL must be provided for webhook"),
        ("setWebhook", {"url": "https://example.org/x", "secret_token": "a b"},
         BAD + "secret token contains unallowed characters"),
        ("sendPoll", {"chat_id": ALICE, "question": "?", "options": []},
         "Not Implemented: the playground does not do sendPoll"),
        ("sendMessage", {"chat_id": ALICE, "text": "x", "reply_markup": HALF_A_CHARACTER},
         BAD + 'parameter "reply_markup.inline_keyboard[0][0].text": must be encoded in UTF-8'),
    ],
)  # fmt: skip
async def test_refusals(desk: Desk, method: str, params: dict[str, Any], words: str) -> None:
    assert await desk.refusal(method, **params) == words


def test_an_unknown_method_is_not_found_and_case_does_not_matter() -> None:
    assert method_name("SENDMESSAGE") == "sendMessage"
    with pytest.raises(ApiError) as refused:
        method_name("sendMassage")
    assert (refused.value.code, refused.value.description) == (404, "Not Found: method not found")


def test_every_method_that_is_done_exists_in_the_api() -> None:
    assert methods.handled() <= set(schema()["methods"])


def test_values_come_as_text_or_as_json() -> None:
    assert check_call("getUpdates", {"offset": "-3", "limit": 5}) == {"offset": -3, "limit": 5}
    assert check_call("sendMessage", {"chat_id": "@name", "text": "1"})["chat_id"] == "@name"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ((9000, 1001), "PHOTO_INVALID_DIMENSIONS"),
        ((2100, 100), "PHOTO_INVALID_DIMENSIONS"),
    ],
)
async def test_photos_beyond_the_limits(desk: Desk, size: tuple[int, int], words: str) -> None:
    assert await desk.refusal("sendPhoto", {"photo": picture(*size)}, chat_id=ALICE) == BAD + words


async def test_what_is_no_photo_or_too_big_a_one(desk: Desk) -> None:
    assert await desk.refusal("sendPhoto", {"photo": b"<html>"}, chat_id=ALICE) == BAD + "IMAGE_PROCESS_FAILED"
    assert await desk.refusal("sendPhoto", {"photo": b""}, chat_id=ALICE) == BAD + "file must be non-empty"
    words = await desk.refusal("sendPhoto", {"photo": bytes(10 * 1024 * 1024 + 1)}, chat_id=ALICE)
    assert words == BAD + "file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes"
    words = await desk.refusal("sendPhoto", {"photo": picture()}, chat_id=ALICE, caption="x" * 1025)
    assert words == BAD + "message caption is too long"


async def test_a_photo_has_sizes_and_is_sent_again_by_its_id(desk: Desk) -> None:
    sent = await desk.call("sendPhoto", {"photo": picture(1280, 1600)}, chat_id=ALICE)
    assert [max(p["width"], p["height"]) for p in sent["photo"]] == [90, 320, 800, 1280, 1600]
    again = await desk.call("sendPhoto", chat_id=GROUP, photo=sent["photo"][0]["file_id"])
    assert again["photo"] == sent["photo"]
    words = await desk.refusal("sendDocument", chat_id=ALICE, document=sent["photo"][0]["file_id"])
    assert words == BAD + "can't use file of type Photo as Document"


async def test_a_large_photo_is_kept_smaller(desk: Desk) -> None:
    sent = await desk.call("sendPhoto", {"photo": picture(1280, 8000)}, chat_id=ALICE)
    assert (sent["photo"][-1]["width"], sent["photo"][-1]["height"]) == (410, 2560)


async def test_documents_can_be_fetched(desk: Desk) -> None:
    sent = await desk.call(
        "sendDocument", {"document": b"<html>"}, chat_id=ALICE, caption="<b>x</b>", parse_mode="HTML"
    )
    file = await desk.call("getFile", file_id=sent["document"]["file_id"])
    stored = desk.world.files.at(file["file_path"])
    assert stored is not None
    assert desk.world.files.read(stored) == b"<html>"
    assert sent["caption_entities"] == [{"type": "bold", "offset": 0, "length": 1}]


async def test_an_edit_that_changes_nothing_is_refused(desk: Desk) -> None:
    sent = await desk.call("sendMessage", chat_id=ALICE, text="<b>x</b>", parse_mode="HTML")
    where = {"chat_id": ALICE, "message_id": sent["message_id"]}
    assert await desk.refusal("editMessageText", **where, text="*x*", parse_mode="MarkdownV2") == BAD + NOT_MODIFIED
    assert await desk.refusal("editMessageReplyMarkup", **where) == BAD + NOT_MODIFIED
    edited = await desk.call("editMessageText", **where, text="x", reply_markup=keyboard(callback_data="a"))
    assert edited["edit_date"]
    assert edited["reply_markup"] == keyboard(callback_data="a")
    gone = await desk.call("editMessageText", **where, text="y")
    assert "reply_markup" not in gone


async def test_a_text_becomes_a_photo_and_then_has_no_text(desk: Desk) -> None:
    sent = await desk.call("sendMessage", chat_id=ALICE, text="wait", reply_parameters={"message_id": 1})
    where = {"chat_id": ALICE, "message_id": sent["message_id"]}
    media = {"type": "photo", "media": "attach://one", "caption": "done"}
    edited = await desk.call("editMessageMedia", {"one": picture()}, **where, media=media)
    assert "text" not in edited
    assert edited["caption"] == "done"
    assert edited["reply_to_message"]["message_id"] == 1
    assert await desk.refusal("editMessageText", **where, text="x") == BAD + "there is no text in the message to edit"
    await desk.call("editMessageCaption", **where, caption="other")
    text = await desk.call("sendMessage", chat_id=ALICE, text="plain")
    words = await desk.refusal("editMessageCaption", chat_id=ALICE, message_id=text["message_id"], caption="x")
    assert words == BAD + "there is no caption in the message to edit"


async def test_an_album_shares_its_group_and_keeps_its_order(desk: Desk) -> None:
    media = [{"type": "photo", "media": f"attach://p{n}", "caption": f"{n}"} for n in range(3)]
    sent = await desk.call("sendMediaGroup", {f"p{n}": picture(300 + n) for n in range(3)}, chat_id=GROUP, media=media)
    assert [m["caption"] for m in sent] == ["0", "1", "2"]
    assert len({m["media_group_id"] for m in sent}) == 1


async def test_a_blocked_bot_and_one_that_was_removed(desk: Desk) -> None:
    membership.change(desk.world, ALICE, ALICE, "block", ALICE)
    assert await desk.refusal("sendMessage", chat_id=ALICE, text="x") == "Forbidden: bot was blocked by the user"
    membership.change(desk.world, GROUP, ALICE, "remove", BOT)
    words = await desk.refusal("sendMessage", chat_id=GROUP, text="x")
    assert words == "Forbidden: bot was kicked from the supergroup chat"
    await desk.call("leaveChat", chat_id=FORUM)
    words = await desk.refusal("sendMessage", chat_id=FORUM, text="x")
    assert words == "Forbidden: bot is not a member of the supergroup chat"


async def test_a_group_that_became_a_supergroup_names_its_new_id(desk: Desk) -> None:
    old = membership.new_group(desk.world, ALICE, "Small", "group", [BOB, BOT], is_forum=False)
    await desk.call("sendMessage", chat_id=old.id, text="x")
    new = membership.upgrade(desk.world, old.id, ALICE)
    with pytest.raises(ApiError) as refused:
        await desk.call("sendMessage", chat_id=old.id, text="x")
    assert refused.value.parameters == {"migrate_to_chat_id": new.id}
    kinds = [name for u in desk.updates() for name in u.get("message", {}) if name.startswith("migrate")]
    assert kinds == ["migrate_to_chat_id", "migrate_from_chat_id"]


async def test_replies_stay_in_their_topic(desk: Desk) -> None:
    topic = desk.world.chats[FORUM].topics[1].id
    asked = desk.say("in a topic", FORUM, thread=topic)
    by_reply = await desk.call("sendMessage", chat_id=FORUM, text="x", reply_parameters={"message_id": asked.id})
    by_topic = await desk.call("sendMessage", chat_id=FORUM, text="x", message_thread_id=topic)
    assert by_reply["message_thread_id"] == by_topic["message_thread_id"] == topic
    assert by_topic["is_topic_message"] is True
    assert by_topic["reply_to_message"]["forum_topic_created"]["name"] == "Birds"
    general = await desk.call("sendMessage", chat_id=FORUM, text="x")
    assert "message_thread_id" not in general


async def test_a_channel_is_for_administrators(desk: Desk) -> None:
    sent = await desk.call("sendMessage", chat_id=CHANNEL, text="news")
    assert "from" not in sent
    assert sent["sender_chat"]["id"] == CHANNEL
    copied = desk.world.last_message(DISCUSSION)
    assert copied is not None
    assert copied.body["is_automatic_forward"] is True
    await desk.call("editMessageText", chat_id=CHANNEL, message_id=sent["message_id"], text="corrected")
    assert copied.body["text"] == "corrected"
    assert copied.body["is_automatic_forward"] is True
    membership.change(desk.world, CHANNEL, ALICE, "demote", BOT)
    words = await desk.refusal("sendMessage", chat_id=CHANNEL, text="x")
    assert words == BAD + "need administrator rights in the channel chat"


async def test_what_may_be_deleted(desk: Desk) -> None:
    mine = await desk.call("sendMessage", chat_id=GROUP, text="x")
    theirs = desk.say("theirs", GROUP)
    assert await desk.call("deleteMessage", chat_id=GROUP, message_id=mine["message_id"])
    words = await desk.refusal("deleteMessage", chat_id=GROUP, message_id=theirs.id)
    assert words == BAD + "message can't be deleted for everyone"
    mine = await desk.call("sendMessage", chat_id=GROUP, text="x")
    desk.world.message(GROUP, mine["message_id"]).body["date"] -= 49 * 3600  # type: ignore[union-attr]
    words = await desk.refusal("deleteMessage", chat_id=GROUP, message_id=mine["message_id"])
    assert words == BAD + "message can't be deleted for everyone"
    membership.change(desk.world, GROUP, ALICE, "promote", BOT)
    assert await desk.call("deleteMessages", chat_id=GROUP, message_ids=[theirs.id, 999])
    assert desk.world.message(GROUP, theirs.id) is None


async def test_forwards_and_copies(desk: Desk) -> None:
    source = desk.say("look http://a.org #tag", GROUP)
    where = {"chat_id": ALICE, "from_chat_id": GROUP, "message_id": source.id}
    forwarded = await desk.call("forwardMessage", **where)
    assert forwarded["forward_origin"]["sender_user"]["id"] == ALICE
    assert forwarded["entities"] == source.body["entities"]
    copied = await desk.call("copyMessage", **where)
    message = desk.world.message(ALICE, copied["message_id"])
    assert message is not None
    assert "forward_origin" not in message.body
    words = await desk.refusal("forwardMessage", **{**where, "message_id": 999})
    assert words == BAD + "message to forward not found"


async def test_pins(desk: Desk) -> None:
    sent = await desk.call("sendMessage", chat_id=ALICE, text="x")
    assert await desk.call("pinChatMessage", chat_id=ALICE, message_id=sent["message_id"])
    chat = await desk.call("getChat", chat_id=ALICE)
    assert chat["pinned_message"]["message_id"] == sent["message_id"]
    assert await desk.call("unpinAllChatMessages", chat_id=ALICE)
    words = await desk.refusal("pinChatMessage", chat_id=GROUP, message_id=1)
    assert words == BAD + "not enough rights to manage pinned messages in the chat"


async def test_commands_are_kept_by_scope_and_language(desk: Desk) -> None:
    english, chinese = [{"command": "tag", "description": "find"}], [{"command": "tag", "description": "查找"}]
    groups = {"type": "all_group_chats"}
    await desk.call("setMyCommands", commands=english)
    await desk.call("setMyCommands", commands=chinese, scope=groups, language_code="zh")
    assert await desk.call("getMyCommands") == english
    assert await desk.call("getMyCommands", scope=groups, language_code="zh") == chinese
    assert await desk.call("getMyCommands", scope=groups) == []
    await desk.call("deleteMyCommands")
    assert await desk.call("getMyCommands") == []
    await desk.call("setMyDescription", description="关于", language_code="zh")
    assert await desk.call("getMyDescription", language_code="zh") == {"description": "关于"}
    assert await desk.call("getMyDescription") == {"description": ""}


@pytest.mark.parametrize(
    ("chat", "user", "status"),
    [
        (GROUP, ALICE, "creator"),
        (GROUP, BOB, "member"),
        (GROUP, CAROL, "left"),
        (GROUP, BOT, "member"),
        (CHANNEL, BOT, "administrator"),
    ],
)
async def test_members(desk: Desk, chat: int, user: int, status: str) -> None:
    assert (await desk.call("getChatMember", chat_id=chat, user_id=user))["status"] == status


async def test_members_are_counted_with_the_bot(desk: Desk) -> None:
    assert await desk.call("getChatMemberCount", chat_id=GROUP) == 4
    admins = await desk.call("getChatAdministrators", chat_id=CHANNEL)
    assert [admin["user"]["id"] for admin in admins] == [ALICE, BOT]


@pytest.mark.parametrize("kind", ["video", "audio", "voice", "animation", "sticker", "video_note"])
async def test_other_files_are_sent_and_understood_by_a_client(desk: Desk, kind: str) -> None:
    method = "send" + "".join(part.title() for part in kind.split("_"))
    sent = await desk.call(method, {kind: b"bytes"}, chat_id=ALICE)
    message = PtbMessage.de_json(sent, None)
    assert getattr(message, kind).file_size == 5


async def test_a_quote_must_be_of_the_message(desk: Desk) -> None:
    asked = desk.say("🙂 one two three")
    reply = {"message_id": asked.id, "quote": "two"}
    sent = await desk.call("sendMessage", chat_id=ALICE, text="x", reply_parameters=reply)
    assert sent["quote"] == {"text": "two", "position": 7, "is_manual": True}
    words = await desk.refusal("sendMessage", chat_id=ALICE, text="x", reply_parameters={**reply, "quote": "four"})
    assert words == BAD + "QUOTE_TEXT_INVALID"


async def test_a_reply_to_what_is_gone_may_be_sent_without_it(desk: Desk) -> None:
    reply = {"message_id": 999, "allow_sending_without_reply": True}
    sent = await desk.call("sendMessage", chat_id=ALICE, text="x", reply_parameters=reply)
    assert "reply_to_message" not in sent
