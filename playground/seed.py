"""Who and what is there when a playground starts for the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.records import Chat, Json, Topic

if TYPE_CHECKING:
    from playground.world import World

ALICE, BOB, XIAOLIN, CAROL = 1001, 1002, 1003, 1004
GROUP, FORUM, CHANNEL, DISCUSSION = -1001000000001, -1001000000002, -1001000000003, -1001000000004
GENERAL_TOPIC = 1


def _person(person_id: int, name: str, username: str, language: str) -> Json:
    return {
        "id": person_id,
        "is_bot": False,
        "first_name": name,
        "username": username,
        "language_code": language,
    }


PEOPLE: list[Json] = [
    _person(ALICE, "Alice", "alice_reads", "en"),
    _person(BOB, "Bob", "bob_notes", "en"),
    _person(XIAOLIN, "小林", "xiaolin_zh", "zh-hans"),
    _person(CAROL, "Carol", "carol_outside", "en"),
]


def bot(bot_id: int) -> Json:
    """The bot as `getMe` shows it."""
    return {
        "id": bot_id,
        "is_bot": True,
        "first_name": "Hashkeep",
        "username": "hashkeep_bot",
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
    }


def fill(world: World) -> None:
    """The first chats: everybody's own, a group, a forum, a channel with its discussion group."""
    for person in PEOPLE:
        world.add_chat(Chat(person["id"], "private", members=[person["id"]]))
    everybody = [ALICE, BOB, XIAOLIN]
    common = {"members": everybody, "admins": [ALICE], "bot_status": "member"}
    world.add_chat(Chat(GROUP, "supergroup", "Reading circle", **_copy(common)))
    forum = world.add_chat(Chat(FORUM, "supergroup", "Field notes", is_forum=True, **_copy(common)))
    channel = {**_copy(common), "bot_status": "administrator", "linked_chat_id": DISCUSSION}
    world.add_chat(Chat(CHANNEL, "channel", "Link news", username="link_news_playground", **channel))
    world.add_chat(Chat(DISCUSSION, "supergroup", "Link news talk", linked_chat_id=CHANNEL, **_copy(common)))
    forum.topics.append(Topic(GENERAL_TOPIC, "General"))
    world.next_id(forum)  # 1 is the general topic's
    for name in ("Birds", "Plants"):
        add_topic(world, forum, name, ALICE)


def add_topic(world: World, chat: Chat, name: str, person: int) -> Topic:
    """A new topic with the service message that makes it."""
    sender = {"from": world.user(person)}
    message = world.add(chat, sender, {"forum_topic_created": {"name": name, "icon_color": 7322096}})
    message.thread = message.id
    topic = Topic(message.id, name)
    chat.topics.append(topic)
    world.changed(message, edited=False)
    world.save_chat(chat)
    return topic


def _copy(values: Json) -> Json:
    return {name: list(value) if isinstance(value, list) else value for name, value in values.items()}
