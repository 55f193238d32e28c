"""From what a bot or a person typed to a message's text: cleaned, with its entities, within the limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playground import utf16
from playground.addresses import checked_link
from playground.entities import Entity, find_entities, from_json, to_json
from playground.errors import bad_request
from playground.markup_html import MarkupError, parse_html
from playground.markup_markdown import parse_markdown, parse_markdown_v2

TEXT_LENGTH = 4096
CAPTION_LENGTH = 1024
MAX_ENTITIES = 100
_DROPPED = frozenset("\r\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u0333\u033f\u030a")
_PARSERS: dict[str, Callable[[str], tuple[str, list[Entity]]]] = {
    "html": parse_html,
    "markdown": parse_markdown,
    "markdownv2": parse_markdown_v2,
}
# Nothing is looked for inside these: a link's text is no second link, code is code.
_OPAQUE = {"text_link", "text_mention", "code", "pre", "custom_emoji"}
_FOUND_ONLY = {"mention", "bot_command", "hashtag", "cashtag", "phone_number", "url", "email"}


@dataclass(frozen=True)
class Formatted:
    """A text with its entities as the API shows them."""

    text: str
    entities: list[dict[str, Any]] = field(default_factory=list)


def format_text(
    source: str,
    parse_mode: str | None,
    given: list[dict[str, Any]] | None,
    user: Callable[[int], Mapping[str, Any] | None],
    check_links: bool = True,
) -> Formatted:
    """Parses, cleans and completes a text; 400 for bad markup.

    `user` finds the person of a text mention; a mention of a stranger is dropped, as on the real server. Without
    `check_links` given links are kept as they are, so that pages and bots can be tried with hostile ones.
    """
    mode = (parse_mode or "").lower()
    if mode and mode != "none":
        if mode not in _PARSERS:
            raise bad_request("unsupported parse_mode")
        try:
            text, entities = _PARSERS[mode](source)
        except MarkupError as problem:
            raise bad_request(f"can't parse entities: {problem}") from None
    else:
        text, entities = source, from_json(source, given or [])
        entities = [entity for entity in entities if entity.kind not in _FOUND_ONLY]
        if check_links:
            entities = [_checked_link(entity) for entity in entities]
    text, entities = _clean(text, entities)
    entities = [known for entity in entities if (known := _known(entity, user))]
    return Formatted(text, to_json(text, _with_found(text, entities))[:MAX_ENTITIES])


def _checked_link(entity: Entity) -> Entity:
    """A given link must be one: here a wrong address is refused, in HTML it is only dropped."""
    if entity.kind != "text_link":
        return entity
    given = str(entity.more.get("url", ""))
    url = checked_link(given)
    if not url:
        raise bad_request(f"entity URL '{given}' is invalid: Wrong HTTP URL")
    return Entity(entity.start, entity.end, entity.kind, {"url": url})


def _known(entity: Entity, user: Callable[[int], Mapping[str, Any] | None]) -> Entity | None:
    if entity.kind != "text_mention":
        return entity
    person = user(int(entity.more["user"]["id"]))
    return Entity(entity.start, entity.end, entity.kind, {"user": dict(person)}) if person else None


def _clean(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Control characters become spaces, direction marks go, spaces around the text are cut, entities follow."""
    kept: list[str] = []
    moved = [0] * (len(text) + 1)
    for position, ch in enumerate(text):
        moved[position] = len(kept)
        if ch in _DROPPED or "\ud800" <= ch <= "\udfff":
            continue
        kept.append(" " if ch < " " and ch != "\n" else ch)
    moved[len(text)] = len(kept)
    whole = "".join(kept)
    lead = len(whole) - len(whole.lstrip())
    stripped = whole.strip()
    result = []
    for entity in entities:
        start = max(moved[entity.start] - lead, 0)
        end = min(moved[entity.end] - lead, len(stripped))
        if end > start and (stripped[start:end].strip() or entity.kind in ("pre", "code")):
            result.append(Entity(start, end, entity.kind, entity.more))
    return stripped, result


def _with_found(text: str, entities: list[Entity]) -> list[Entity]:
    """The given entities, and the found ones that touch no opaque one and do not cross another's edge."""
    result = list(entities)
    for found in find_entities(text):
        touching = [e for e in entities if e.start < found.end and found.start < e.end]
        if not any(e.kind in _OPAQUE for e in touching):
            result.append(found)
    return result


def message_text(formatted: Formatted) -> Formatted:
    """The text of a text message; 400 when it is empty or too long."""
    if not formatted.text:
        raise bad_request("message text is empty")
    if utf16.length(formatted.text) > TEXT_LENGTH:
        raise bad_request("message is too long")
    return formatted


def caption(formatted: Formatted) -> Formatted:
    """The text below a picture or file; 400 when it is too long."""
    if utf16.length(formatted.text) > CAPTION_LENGTH:
        raise bad_request("message caption is too long")
    return formatted
