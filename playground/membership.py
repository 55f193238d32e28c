"""Who comes and goes: members, administrators, the bot among them; new groups, upgraded groups, blocked bots."""

from __future__ import annotations

from collections.abc import Callable

from playground import seed
from playground.people import NotThere, Refused, chat_of, person_of
from playground.records import Chat, Json, Topic
from playground.telling import sender_of, status_of, tell_bot, tell_membership
from playground.world import World

_KINDS = ("group", "supergroup", "channel")
_BOT_LEAVES = {"left", "kicked"}


def change(world: World, chat_id: int, person: int, action: str, user_id: int) -> Chat:
    """One of add, remove, leave, promote, demote, block, unblock; `Refused` when it cannot be done."""
    chat = chat_of(world, chat_id)
    person_of(world, person)
    if world.user(user_id) is None:
        raise NotThere(f"There is no person {user_id}.")
    if action in ("block", "unblock"):
        return _block(world, chat, person, action == "block")
    actions: dict[str, Callable[[World, Chat, int, int], None]] = {
        "add": _add, "remove": _remove, "leave": _leave, "promote": _promote, "demote": _demote,
    }  # fmt: skip
    if action not in actions:
        raise Refused(f"action must be one of {', '.join([*actions, 'block', 'unblock'])}.")
    if chat.type == "private":
        raise Refused("Nobody comes to or leaves a private chat.")
    if person not in chat.members:
        raise Refused("Only members can do that.")
    actions[action](world, chat, person, user_id)
    world.save_chat(chat)
    return chat


def _block(world: World, chat: Chat, person: int, blocked: bool) -> Chat:
    if chat.type != "private" or chat.id != person:
        raise Refused("One can block the bot only in one's own chat with it.")
    before, chat.bot_status = chat.bot_status, "kicked" if blocked else "member"
    if before != chat.bot_status:
        world.save_chat(chat)
        tell_membership(world, chat, person, world.bot["id"], before, chat.bot_status)
    return chat


def _set(world: World, chat: Chat, user_id: int, status: str) -> None:
    if user_id == world.bot["id"]:
        chat.bot_status = status
        return
    chat.members = [m for m in chat.members if m != user_id]
    chat.admins = [a for a in chat.admins if a != user_id or status == "creator"]
    if status in ("member", "administrator", "creator"):
        chat.members.append(user_id)
    if status == "administrator":
        chat.admins.append(user_id)


def _move(world: World, chat: Chat, by: int, user_id: int, status: str) -> None:
    """Changes what somebody is, with the update and the service message that go with it."""
    before = status_of(world, chat, user_id)
    _set(world, chat, user_id, status)
    tell_membership(world, chat, by, user_id, before, status)


def _service(world: World, chat: Chat, by: int, content: Json) -> None:
    """A service message. The bot still learns that it was removed, by my_chat_member alone."""
    if chat.is_group:
        tell_bot(world, world.add(chat, {"from": world.user(by)}, content))


def _add(world: World, chat: Chat, by: int, user_id: int) -> None:
    if status_of(world, chat, user_id) not in _BOT_LEAVES:
        raise Refused("Is in the chat already.")
    if chat.type == "channel" and by not in chat.admins:
        raise Refused("Only administrators can add to a channel.")
    status = "administrator" if chat.type == "channel" and user_id == world.bot["id"] else "member"
    _move(world, chat, by, user_id, status)
    _service(world, chat, by, {"new_chat_members": [world.user(user_id)]})


def _remove(world: World, chat: Chat, by: int, user_id: int) -> None:
    if by not in chat.admins:
        raise Refused("Only administrators can remove somebody.")
    if status_of(world, chat, user_id) in ("creator", *_BOT_LEAVES):
        raise Refused("Cannot be removed.")
    _move(world, chat, by, user_id, "kicked")
    _service(world, chat, by, {"left_chat_member": world.user(user_id)})


def _leave(world: World, chat: Chat, by: int, user_id: int) -> None:
    if by != user_id or status_of(world, chat, user_id) == "creator":
        raise Refused("One leaves for oneself, and an owner stays.")
    _move(world, chat, by, user_id, "left")
    _service(world, chat, by, {"left_chat_member": world.user(user_id)})


def _promote(world: World, chat: Chat, by: int, user_id: int) -> None:
    if by not in chat.admins or status_of(world, chat, user_id) != "member":
        raise Refused("Administrators can promote members.")
    _move(world, chat, by, user_id, "administrator")


def _demote(world: World, chat: Chat, by: int, user_id: int) -> None:
    if by not in chat.admins or status_of(world, chat, user_id) != "administrator":
        raise Refused("Administrators can demote administrators.")
    _move(world, chat, by, user_id, "member")


def new_group(world: World, person: int, title: str, kind: str, members: list[int], is_forum: bool) -> Chat:
    """A new group or channel with its people, the bot too when it is among them."""
    person_of(world, person)
    if kind not in _KINDS or not title.strip():
        raise Refused(f"A new chat needs a title and a type: {', '.join(_KINDS)}.")
    people = [person, *(m for m in members if m in world.people and m != person)]
    forum = is_forum and kind == "supergroup"
    chat = Chat(world.new_chat_id(kind), kind, title.strip(), is_forum=forum, members=people, admins=[person])
    world.add_chat(chat)
    if forum:
        chat.topics.append(Topic(seed.GENERAL_TOPIC, "General"))
        world.next_id(chat)
    made = {"group": "group_chat_created", "supergroup": "supergroup_chat_created", "channel": "channel_chat_created"}
    sender = {"sender_chat": world.chat_json(chat)} if kind == "channel" else {"from": world.user(person)}
    world.add(chat, sender, {made[kind]: True})
    if world.bot["id"] in members:
        _add(world, chat, person, world.bot["id"])
    world.save_chat(chat)
    return chat


def upgrade(world: World, chat_id: int, person: int) -> Chat:
    """A basic group becomes a supergroup: another id, and both say so."""
    old = chat_of(world, chat_id)
    if old.type != "group" or person not in old.admins or old.migrated_to is not None:
        raise Refused("Only a basic group's owner can make it a supergroup.")
    new = Chat(
        world.new_chat_id("supergroup"), "supergroup", old.title,
        members=list(old.members), admins=list(old.admins), bot_status=old.bot_status,
    )  # fmt: skip
    world.add_chat(new)
    _service(world, old, person, {"migrate_to_chat_id": new.id})
    _service(world, new, person, {"migrate_from_chat_id": old.id})
    old.migrated_to = new.id
    world.save_chat(old)
    return new


def change_settings(world: World, chat_id: int, person: int, title: str, given: Json) -> Chat:
    """Another title, with its service message; the reactions allowed (`reactions`: a list, or null for all)."""
    chat = chat_of(world, chat_id)
    if chat.type == "private" or person not in chat.admins:
        raise Refused("Administrators can change a chat.")
    if "reactions" in given:
        chat.reactions = None if given["reactions"] is None else [str(emoji) for emoji in given["reactions"]]
    if title and title != chat.title:
        chat.title = title
        sender = sender_of(world, chat, person)
        tell_bot(world, world.add(chat, sender, {"new_chat_title": title}))
    world.save_chat(chat)
    return chat


def new_topic(world: World, chat_id: int, person: int, name: str) -> Topic:
    """A new topic of a forum."""
    chat = chat_of(world, chat_id)
    if not chat.is_forum or person not in chat.members or not name.strip():
        raise Refused("Members can add topics to a forum; a topic needs a name.")
    topic = seed.add_topic(world, chat, name.strip(), person)
    message = world.message(chat.id, topic.id)
    if message:
        tell_bot(world, message)
    return topic
