"""Who has shared links in an archive, by name: what `by:` in a query looks through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from storage.models import Sharer

MAX_NAME_CHARS = 256


@dataclass(frozen=True)
class Person:
    """Somebody as a posting names them."""

    person_id: int | None
    """None for whom only the name is known."""
    name: str
    username: str | None = None


async def note(archive_id: int, people: Iterable[Person]) -> None:
    """Remembers who has shared, inside the transaction that keeps what they shared."""
    for person in set(people):
        name = person.name[:MAX_NAME_CHARS]
        of_person = Sharer.filter(archive_id=archive_id, person_id=person.person_id or 0, name=name)
        known = await of_person.first()
        if known is None:
            username = person.username[:64] if person.username else None
            await Sharer.create(archive_id=archive_id, person_id=person.person_id or 0, name=name, username=username)
        elif person.username and known.username != person.username[:64]:
            await of_person.update(username=person.username[:64])


async def join(archive_id: int, newer_id: int) -> None:
    """Adds those of another archive that becomes part of this one."""
    people = await Sharer.filter(archive_id=newer_id)
    await note(archive_id, [Person(person.person_id or None, person.name, person.username) for person in people])
