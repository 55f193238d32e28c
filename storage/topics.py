"""What a group chose for one of its topics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from storage.database import reading, writing_in_chat
from storage.models import Archive, Topic


@dataclass(frozen=True)
class TopicChoices:
    """The choices for a topic, with the defaults of one for which nobody chose."""

    ignored: bool = False
    """Its links are not kept, unless by `/save` or a mention."""
    default_tag: str | None = None
    """Put on every new link that is posted there."""


@reading
async def of_topic(chat_id: int, thread_id: int) -> TopicChoices:
    """What was chosen for a topic of the chat."""
    topic = await Topic.get_or_none(archive__chat_id=chat_id, thread_id=thread_id)
    return TopicChoices(topic.ignored, topic.default_tag) if topic else TopicChoices()


@writing_in_chat
async def choose(chat_id: int, /, thread_id: int, **changes: Any) -> TopicChoices:
    """Changes what was chosen for a topic of the chat, which must have an archive."""
    archive = await Archive.get(chat_id=chat_id)
    topic, _ = await Topic.get_or_create(archive_id=archive.id, thread_id=thread_id)
    await topic.update_from_dict(changes).save(update_fields=list(changes))
    return TopicChoices(topic.ignored, topic.default_tag)
