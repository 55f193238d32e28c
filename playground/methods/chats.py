"""getChat, members, leaving."""

from __future__ import annotations

from playground.context import Context
from playground.errors import bad_request
from playground.methods.registry import method
from playground.records import Json
from playground.schema import schema
from playground.telling import member_json, status_of, tell_membership


@method("getChat")
async def get_chat(ctx: Context) -> Json:
    """All about a chat."""
    chat = ctx.joined_chat()
    world = ctx.world
    gifts = dict.fromkeys(schema()["types"]["AcceptedGiftTypes"], False)
    body = {
        **world.chat_json(chat),
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": gifts,
    }
    if chat.username:
        body["active_usernames"] = [chat.username]
    if chat.is_group:
        rights = schema()["types"]["ChatPermissions"]
        body["permissions"] = dict.fromkeys(rights, True)
        body["join_to_send_messages"] = True
    if chat.description:
        body["description"] = chat.description
    if chat.linked_chat_id:
        body["linked_chat_id"] = chat.linked_chat_id
    if chat.reactions is not None:
        body["available_reactions"] = [{"type": "emoji", "emoji": emoji} for emoji in chat.reactions]
    pinned = world.message(chat.id, chat.pinned[-1]) if chat.pinned else None
    if pinned:
        body["pinned_message"] = world.show(pinned, nested=True)
    return body


@method("getChatMember")
async def get_chat_member(ctx: Context) -> Json:
    """What somebody is in a chat."""
    chat, world = ctx.joined_chat(), ctx.world
    user_id: int = ctx.params["user_id"]
    if world.user(user_id) is None:
        raise bad_request("PARTICIPANT_ID_INVALID" if chat.type != "private" else "user not found")
    return member_json(world, user_id, status_of(world, chat, user_id))


@method("getChatMemberCount")
async def get_chat_member_count(ctx: Context) -> int:
    """The people and the bot."""
    chat = ctx.joined_chat()
    return len(chat.members) + 1


@method("getChatAdministrators")
async def get_chat_administrators(ctx: Context) -> list[Json]:
    """The owner and the administrators, without other bots."""
    chat, world = ctx.joined_chat(), ctx.world
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    ids = [*chat.admins, *([world.bot["id"]] if chat.bot_status == "administrator" else [])]
    return [member_json(world, user_id, status_of(world, chat, user_id)) for user_id in ids]


@method("leaveChat")
async def leave_chat(ctx: Context) -> bool:
    """The bot goes."""
    chat, world = ctx.joined_chat(), ctx.world
    if chat.type == "private":
        raise bad_request("chat member status can't be changed in private chats")
    before, chat.bot_status = chat.bot_status, "left"
    world.save_chat(chat)
    if chat.is_group:
        world.add(chat, {"from": world.bot_user()}, {"left_chat_member": world.bot_user()}, by_bot=True)
    tell_membership(world, chat, world.bot["id"], world.bot["id"], before, "left")
    return True
