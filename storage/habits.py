"""What a chat's settings, topics and rules make of a message, inside the transaction that takes it in."""

from __future__ import annotations

from collections.abc import Sequence

from storage import rules
from storage.choices import Choices
from storage.models import Archive, Link, Topic
from storage.records import GENERAL, IncomingMessage
from storage.tagging import put_tags


async def wants(archive: Archive | None, chosen: Choices, message: IncomingMessage) -> bool:
    """Whether the links of a message that nobody has seen before are kept: `/save` and a mention always are."""
    if message.asked:
        return True
    topic = await _topic(archive, message)
    if topic is not None and topic.ignored:
        return False
    return chosen.keep == "all" or (chosen.keep == "tagged" and bool(message.tags))


async def tag_new(archive: Archive, chosen: Choices, message: IncomingMessage, new: Sequence[Link]) -> None:
    """Gives links that are new in the archive the tags that nobody wrote: the default ones, the topic's, the rules'."""
    if not new:
        return
    topic = await _topic(archive, message)
    names = [*chosen.default_tags, *([topic.default_tag] if topic and topic.default_tag else [])]
    await put_tags(archive.id, [link.id for link in new], names)
    await rules.apply_to(archive.id, new)


def card_place(chosen: Choices, message: IncomingMessage) -> tuple[int | None, int | None]:
    """The topic in which the card goes, and the message that it answers there; none in another topic."""
    if chosen.cards_thread_id is None or chosen.cards_thread_id == message.topic_id:
        return message.thread_id, message.message_id
    return None if chosen.cards_thread_id == GENERAL else chosen.cards_thread_id, None


async def _topic(archive: Archive | None, message: IncomingMessage) -> Topic | None:
    if archive is None or message.topic_id is None:
        return None
    return await Topic.get_or_none(archive_id=archive.id, thread_id=message.topic_id)
