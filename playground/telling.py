"""What of the chats' life becomes an update for the bot: membership and privacy mode decide."""

from __future__ import annotations

import time

from playground import utf16
from playground.records import ANONYMOUS_ADMIN, TELEGRAM, Chat, Json, Message
from playground.world import World

_SERVICE = (
    "new_chat_members", "left_chat_member", "group_chat_created", "supergroup_chat_created", "channel_chat_created",
    "migrate_to_chat_id", "migrate_from_chat_id", "pinned_message", "forum_topic_created", "new_chat_title",
)  # fmt: skip


def tell_bot(world: World, message: Message, edited: bool = False) -> None:
    """Queues the update for a new or edited message, if the bot may see it."""
    chat = world.chats[message.chat_id]
    if message.by_bot or not chat.bot_member or not sees(world, chat, message):
        return
    kind = "channel_post" if chat.type == "channel" else "message"
    world.updates.add(f"edited_{kind}" if edited else kind, world.show(message))


def sees(world: World, chat: Chat, message: Message) -> bool:
    """Whether the message is the bot's business: in privacy mode only what is meant for it."""
    if not chat.is_group or not world.privacy or chat.bot_status == "administrator":
        return True
    if any(name in message.body for name in _SERVICE):
        return True
    replied = world.message(chat.id, message.reply_to) if message.reply_to else None
    return bool(replied and replied.by_bot) or _is_addressed(world, message.body)


def _is_addressed(world: World, body: Json) -> bool:
    """A command without a name or with the bot's, or a mention of the bot."""
    name = f"@{world.bot['username']}".lower()
    text = body.get("text") or body.get("caption") or ""
    for entity in body.get("entities") or body.get("caption_entities") or []:
        part = utf16.cut(text, entity["offset"], entity["length"]).lower()
        if entity["type"] == "bot_command" and ("@" not in part or part.endswith(name)):
            return True
        if entity["type"] == "mention" and part == name:
            return True
        if entity["type"] == "text_mention" and entity["user"]["id"] == world.bot["id"]:
            return True
    return False


def copy_to_discussion(world: World, message: Message) -> Message | None:
    """The automatic copy of a channel's post in its discussion group."""
    channel = world.chats[message.chat_id]
    if channel.type != "channel" or channel.linked_chat_id is None:
        return None
    group = world.chats[channel.linked_chat_id]
    origin = {
        "type": "channel",
        "chat": world.chat_json(channel),
        "message_id": message.id,
        "date": message.body["date"],
    }
    sender = {"from": dict(TELEGRAM), "sender_chat": world.chat_json(channel)}
    extra = {"is_automatic_forward": True, "forward_origin": origin}
    if "media_group_id" in message.body:
        extra["media_group_id"] = message.body["media_group_id"]
    copied = world.add(group, sender, {**content_of(message.body), **extra})
    tell_bot(world, copied)
    return copied


def edit_in_discussion(world: World, message: Message) -> None:
    """Carries an edit of a channel's post over to its automatic copy, as Telegram does."""
    channel = world.chats[message.chat_id]
    if channel.type != "channel" or channel.linked_chat_id is None:
        return
    for copied in world.messages(channel.linked_chat_id):
        origin = copied.body.get("forward_origin", {})
        is_copy = copied.body.get("is_automatic_forward") and origin.get("chat", {}).get("id") == channel.id
        if is_copy and origin["message_id"] == message.id:
            kept = {name: value for name, value in copied.body.items() if name in _NOT_CONTENT}
            copied.body = {**kept, **content_of(message.body)}
            world.changed(copied)
            tell_bot(world, copied, edited=True)
            return


_NOT_CONTENT = {
    "message_id", "from", "sender_chat", "chat", "date", "edit_date", "forward_origin", "is_automatic_forward",
    "media_group_id", "reply_markup", "via_bot", "author_signature", "quote", "external_reply",
}  # fmt: skip


def content_of(body: Json) -> Json:
    """What a message says, without where, when and by whom."""
    return {name: value for name, value in body.items() if name not in _NOT_CONTENT}


def origin_of(world: World, message: Message) -> Json:
    """Where a forwarded message comes from; a forward of a forward keeps the first origin."""
    body = message.body
    if "forward_origin" in body:
        return dict(body["forward_origin"])
    if world.chats[message.chat_id].type == "channel":
        return {
            "type": "channel",
            "chat": body["sender_chat"],
            "message_id": message.id,
            "date": body["date"],
        }
    if "sender_chat" in body:
        return {"type": "chat", "sender_chat": body["sender_chat"], "date": body["date"]}
    return {"type": "user", "sender_user": body["from"], "date": body["date"]}


def sender_of(world: World, chat: Chat, person: int, anonymous: bool = False) -> Json:
    """Who a person's message is from: in a channel it is the channel itself, an anonymous one is the group's."""
    if anonymous:
        return {"from": dict(ANONYMOUS_ADMIN), "sender_chat": world.chat_json(chat)}
    if chat.type == "channel":
        return {"sender_chat": world.chat_json(chat)}
    return {"from": world.user(person)}


def tell_membership(world: World, chat: Chat, by: int, user_id: int, before: str, after: str) -> None:
    """my_chat_member for the bot itself, chat_member for people (where the bot is an administrator)."""
    is_bot = user_id == world.bot["id"]
    if not is_bot and chat.bot_status != "administrator":
        return
    world.updates.add(
        "my_chat_member" if is_bot else "chat_member",
        {
            "chat": world.chat_json(chat),
            "from": world.user(by),
            "date": int(time.time()),
            "old_chat_member": member_json(world, user_id, before),
            "new_chat_member": member_json(world, user_id, after),
        },
    )


def status_of(world: World, chat: Chat, user_id: int) -> str:
    """creator, administrator, member, left or kicked."""
    if user_id == world.bot["id"]:
        return chat.bot_status
    if chat.admins and chat.admins[0] == user_id and user_id in chat.members:
        return "creator"
    if user_id in chat.admins and user_id in chat.members:
        return "administrator"
    return "member" if user_id in chat.members else "left"


_RIGHTS = (
    "can_manage_chat", "can_change_info", "can_delete_messages", "can_invite_users", "can_restrict_members",
    "can_pin_messages", "can_promote_members", "can_manage_video_chats", "can_post_stories", "can_edit_stories",
    "can_delete_stories",
)  # fmt: skip


def member_json(world: World, user_id: int, status: str) -> Json:
    """A ChatMember."""
    body: Json = {"user": world.user(user_id), "status": status}
    if status == "creator":
        return {**body, "is_anonymous": False}
    if status == "administrator":
        return {**body, "can_be_edited": False, "is_anonymous": False, **dict.fromkeys(_RIGHTS, True)}
    return {**body, "until_date": 0} if status == "kicked" else body
