"""What the people of a chat chose for its archive: a typed record over `Archive.settings`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from storage import clock
from storage.database import reading, writing_in_chat
from storage.models import Archive
from storage.records import ChatKind
from storage.urls import is_of_site

MAX_NAMES = 20
"""Default tags, or hosts that are never captured: more would make every message slow to read."""

MAX_DAYS = 36_500

Names = Annotated[tuple[str, ...], Field(max_length=MAX_NAMES)]


class Choices(BaseModel):
    """The settings of one archive. Each default is what a chat has that never opened its settings."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    keep: Literal["all", "tagged", "asked"] = "all"
    """Which links are kept: all; those with a #tag beside them; those with /save or a mention of the bot."""
    language: Literal["auto", "en", "zh"] = "auto"
    """`auto`: as the chat's first message spoke, or the first since that was chosen; in private, as its person does."""
    offline_in_groups: bool = False
    """The offline page follows below the card in groups too, as it does in private."""
    quiet: bool = False
    """Links are answered by the reaction alone; a card comes only when something went wrong or is asked for."""
    who_deletes: Literal["poster", "admins", "members"] = "poster"
    """Who may delete a link: who shared it first and admins; admins alone; everybody in the chat."""
    who_renames: Literal["admins", "members"] = "admins"
    """Who may rename, merge and remove tags."""
    default_tags: Names = ()
    """Put on every new link, as they are written."""
    never_hosts: Names = ()
    """Hosts, without `www.`, whose pages are not opened; those below them neither. Their links are kept."""
    keep_days: int = Field(default=0, ge=0, le=MAX_DAYS)
    """Days after which a capture's files go, except those of the newest good one; 0 keeps them for ever."""
    cards_thread_id: int | None = None
    """The topic in which all cards go; None answers where the message is."""
    quota_links_per_day: int | None = Field(default=None, ge=0)
    """In the place of QUOTA_LINKS_PER_DAY; given by an owner of the bot."""
    quota_megabytes: int | None = Field(default=None, ge=0)
    """In the place of QUOTA_MEGABYTES; given by an owner of the bot."""

    def captures(self, host: str) -> bool:
        """Whether pages of the host may be opened."""
        return not any(is_of_site(host, never) for never in self.never_hosts)


DEFAULTS = Choices()


def parse(stored: Mapping[str, object]) -> Choices:
    """What is stored, as far as it can be used: a value of another version's falls back to its default."""
    try:
        return Choices.model_validate(stored)
    except ValidationError as error:
        wrong = {str(mistake["loc"][0]) for mistake in error.errors()}
        return Choices.model_validate({name: value for name, value in stored.items() if name not in wrong})


@reading
async def of_chat(chat_id: int) -> Choices:
    """The chat's settings; the defaults for a chat that keeps nothing yet."""
    archive = await Archive.get_or_none(chat_id=chat_id)
    return parse(archive.settings) if archive else DEFAULTS


@writing_in_chat
async def choose(chat_id: int, /, kind: ChatKind, title: str, spoken: str, **changes: Any) -> Choices:
    """Changes some of a chat's settings and gives all of them; makes the archive of a chat that has none yet.

    `spoken` is the language of such a new archive. Only what differs from a default is stored, so that a better
    default reaches everybody who did not choose.
    Raises pydantic's ValidationError for values that no setting has.
    """
    archive, _ = await Archive.get_or_create(
        chat_id=chat_id,
        defaults={"chat_kind": kind, "title": title, "language": spoken, "created_at": clock.now()},
    )
    before = parse(archive.settings)
    chosen = Choices.model_validate({**before.model_dump(), **changes})
    archive.settings = chosen.model_dump(mode="json", exclude_defaults=True)
    if chosen.language != "auto":
        archive.language = chosen.language
    elif before.language != "auto":
        archive.language = ""  # nobody knows how it would speak: the next message says so, as the first one did
    await archive.save(update_fields=["settings", "language"])
    return chosen
