"""Tags that links get by themselves: those of a host, or with certain words in their address or title."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from storage import cards, clock, deeds, signals, tokens, upkeep
from storage.database import Rows, reading, rows, writing_in_chat
from storage.deeds import Actor
from storage.models import Archive, Link, Rule
from storage.tagging import ensure, put_tags, recount, shown_name, tag_key
from storage.upkeep import Done
from storage.urls import is_of_site

MAX_RULES = 100
_READ_AT_ONCE = 5_000


@dataclass(frozen=True)
class RuleView:
    """A rule: for links of `host` and what is below it, or with all of `words` in address or title.

    Words of letters that have cases are found whole; of other scripts, which have no spaces, anywhere.
    """

    rule_id: int
    number: int
    host: str | None
    words: str | None
    tags: tuple[str, ...]

    def fits(self, url: str, host: str, title: str | None) -> bool:
        """Whether a link gets the tags. A title that is not known yet says nothing."""
        if self.host is not None:
            return is_of_site(host, self.host)
        text = tokens.fold(f"{unquote(url)}\n{title or ''}")
        return all(_has(text, word) for word in tokens.fold(self.words or "").split())


def _has(text: str, word: str) -> bool:
    """Whether the word stands in the text, and no letter or digit continues it; both are folded."""
    at = text.find(word)
    while at != -1:
        end = at + len(word)
        if not (_is_one_word(text[max(at - 1, 0) : at], word[0]) or _is_one_word(word[-1], text[end : end + 1])):
            return True
        at = text.find(word, at + 1)
    return False


def _is_one_word(before: str, after: str) -> bool:
    """Whether two characters beside each other belong to one word."""
    return all(char.islower() or char.isdecimal() for char in (before, after))


@writing_in_chat
async def add(chat_id: int, host: str | None, words: str | None, tags: Sequence[str], by: Actor) -> RuleView | None:
    """Makes a rule for the links that come; the same rule once more is the one that is there, with its tags joined.

    None when the chat has no archive yet, or as many rules as it can have.
    """
    archive = await Archive.get_or_none(chat_id=chat_id)
    if archive is None:
        return None
    names = {tag_key(name): shown_name(name) for name in tags if tag_key(name)}
    same = await Rule.get_or_none(archive_id=archive.id, host=host, words=words)
    if same is not None:
        same.tags = list({**{tag_key(name): name for name in same.tags}, **names}.values())
        await same.save(update_fields=["tags"])
        return _view(same)
    if await Rule.filter(archive_id=archive.id).count() >= MAX_RULES:
        return None
    last = await Rule.filter(archive_id=archive.id).order_by("-number").first()
    rule = await Rule.create(
        archive_id=archive.id,
        number=last.number + 1 if last else 1,
        host=host,
        words=words,
        tags=list(names.values()),
        made_by=by.name,
        made_at=clock.now(),
    )
    return _view(rule)


@reading
async def of_chat(chat_id: int) -> list[RuleView]:
    """The rules of a chat, in the order of their numbers."""
    return [_view(rule) for rule in await Rule.filter(archive__chat_id=chat_id).order_by("number")]


@reading
async def find(chat_id: int, rule_id: int) -> RuleView | None:
    """A rule of the chat by its id, which no other ever gets, unlike its number."""
    rule = await Rule.get_or_none(id=rule_id, archive__chat_id=chat_id)
    return _view(rule) if rule else None


@writing_in_chat
async def remove(chat_id: int, number: int) -> RuleView | None:
    """Ends a rule; the tags that it has given stay. None when there is no rule of that number."""
    rule = await Rule.get_or_none(archive__chat_id=chat_id, number=number) if 0 < number < 2**31 else None
    if rule is not None:
        await rule.delete()
    return _view(rule) if rule else None


async def tags_for(archive_id: int, links: Sequence[Link]) -> dict[tuple[str, ...], list[int]]:
    """The ids of those of the links that rules give tags, by these tags. Inside a transaction."""
    rules = [_view(rule) for rule in await Rule.filter(archive_id=archive_id).order_by("number")] if links else []
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for link in links:
        names = dict.fromkeys(
            name for rule in rules if rule.fits(link.url, link.host, link.title) for name in rule.tags
        )
        if names:
            found[tuple(names)].append(link.id)
    return dict(found)


async def apply_to(archive_id: int, links: Sequence[Link]) -> list[int]:
    """Gives these links the tags of all rules that fit them, and the ids of those that got one. In a transaction."""
    changed: list[int] = []
    for names, link_ids in (await tags_for(archive_id, links)).items():
        changed += await put_tags(archive_id, link_ids, names)
    return changed


async def count_old(chat_id: int, rule_id: int) -> int:
    """How many links that are there fit the rule and lack one of its tags."""
    rule = await find(chat_id, rule_id)
    return len(await _lacking(chat_id, rule)) if rule else 0


async def apply_to_old(chat_id: int, rule_id: int, by: Actor) -> Done | None:
    """Gives the rule's tags to all links that fit it; None when there is no such rule (any more)."""
    done = await _apply_to_old(chat_id, rule_id, by)
    signals.outbox.set()
    return done


@writing_in_chat
async def _apply_to_old(chat_id: int, rule_id: int, by: Actor) -> Done | None:
    rule = await find(chat_id, rule_id)
    archive = await Archive.get_or_none(chat_id=chat_id)
    if rule is None or archive is None:
        return None
    wanted = await _lacking(chat_id, rule)
    tags = await ensure(archive.id, rule.tags)
    gained: list[list[int]] = []
    for tag in tags:
        had = set(await upkeep.links_with(tag.id))
        gained.append([link_id for link_id in wanted if link_id not in had])
        await upkeep.put(tag.id, archive.id, gained[-1])
    tag_ids = [tag.id for tag in tags]
    await recount(tag_ids)
    await cards.refresh_recent(chat_id, tag_ids)
    payload: dict[str, object] = {"tags": tag_ids, "gained": gained, "touched": tag_ids, "said": [str(rule.number)]}
    deed_id = await deeds.note(archive.id, "rule", payload, by)
    return Done(deed_id, len(wanted), str(rule.number))


@reading
async def _lacking(chat_id: int, rule: RuleView) -> list[int]:
    """The ids of the links that fit the rule and lack one of its tags."""
    keys = {tag_key(name) for name in rule.tags}
    found: list[int] = []
    async for some in _all_links(chat_id):
        fitting = [int(row["id"]) for row in some if rule.fits(row["url"], row["host"], row["title"])]
        found += await upkeep.lacking(chat_id, fitting, keys)
    return found


async def _all_links(chat_id: int) -> AsyncIterator[Rows]:
    after = 0
    while True:
        some = await rows(
            "SELECT l.id, l.url, l.host, coalesce(l.given_title, l.title) AS title FROM links l "
            "JOIN archives a ON a.id = l.archive_id "
            "WHERE a.chat_id = ? AND l.id > ? AND l.deleted_at IS NULL ORDER BY l.id LIMIT ?",
            [chat_id, after, _READ_AT_ONCE],
        )
        if not some:
            return
        yield some
        after = int(some[-1]["id"])


def _view(rule: Rule) -> RuleView:
    return RuleView(rule_id=rule.id, number=rule.number, host=rule.host, words=rule.words, tags=tuple(rule.tags))
