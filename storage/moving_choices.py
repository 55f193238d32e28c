"""What two archives of one group chose and did, joined: the older one's choice stands, nothing else is dropped."""

from __future__ import annotations

from storage import choices, deeds
from storage.choices import MAX_NAMES
from storage.models import Archive, Deed, Question, Rule, Topic
from storage.tagging import tag_key


async def join(archive: Archive, newer: Archive) -> None:
    """Gives the older archive the settings, rules, topics, deeds and open questions of the newer one."""
    await _join_settings(archive, newer)
    await _join_rules(archive, newer)
    await _join_topics(archive, newer)
    # What was done to tags and links names such as may have been joined since, and cannot be undone in their place.
    left = [*deeds.OF_TAGS, *deeds.OF_LINKS]
    await Deed.filter(archive_id=newer.id).exclude(kind__in=left).update(archive_id=archive.id)
    await Question.filter(archive_id=newer.id).update(archive_id=archive.id)


async def _join_settings(archive: Archive, newer: Archive) -> None:
    older, other = choices.parse(archive.settings), choices.parse(newer.settings)
    chosen = {**newer.settings, **archive.settings}
    for name in ("default_tags", "never_hosts"):
        both = dict.fromkeys((*getattr(older, name), *getattr(other, name)))
        if both:
            chosen[name] = list(both)[:MAX_NAMES]
    archive.settings = chosen
    language = choices.parse(chosen).language
    if language != "auto":
        archive.language = language
    elif not archive.language:
        archive.language = newer.language
    await Archive.filter(id=archive.id).update(settings=archive.settings, language=archive.language)


async def _join_rules(archive: Archive, newer: Archive) -> None:
    own = {(rule.host, rule.words): rule for rule in await Rule.filter(archive_id=archive.id).order_by("number")}
    number = max((rule.number for rule in own.values()), default=0)
    for rule in await Rule.filter(archive_id=newer.id).order_by("number"):
        twin = own.get((rule.host, rule.words))
        if twin is None:
            number += 1
            await Rule.filter(id=rule.id).update(archive_id=archive.id, number=number)
        else:
            tags = {**{tag_key(name): name for name in rule.tags}, **{tag_key(name): name for name in twin.tags}}
            await Rule.filter(id=twin.id).update(tags=list(tags.values()))


async def _join_topics(archive: Archive, newer: Archive) -> None:
    own = {topic.thread_id: topic for topic in await Topic.filter(archive_id=archive.id)}
    for topic in await Topic.filter(archive_id=newer.id):
        twin = own.get(topic.thread_id)
        if twin is None:
            await Topic.filter(id=topic.id).update(archive_id=archive.id)
        else:
            tag = twin.default_tag or topic.default_tag
            await Topic.filter(id=twin.id).update(ignored=twin.ignored or topic.ignored, default_tag=tag)
