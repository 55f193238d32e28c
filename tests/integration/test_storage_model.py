"""Random conversations of several people in several chats, held against a small model of what an archive is.

Never a link lost, never one seen from another chat, counters always right, an undo always restores.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from storage import archive, database, deeds, forgetting, notes, search, tags, undoing, upkeep
from storage.archive import take_in
from storage.deeds import Actor
from storage.models import Link, Share
from storage.tagging import tag_key
from storage.views import links as views_of
from tests.integration.storage_factories import counters_are_right, message

T = TypeVar("T")
CHATS = (-101, -102)
PEOPLE = {1: "Alice", 2: "Bob", 3: "Xiaolin"}
URLS = tuple(f"https://site{n}.example/" for n in range(3))
NAMES = ("fox", "Fox", "阅读", "fox/b")

chats = st.sampled_from(CHATS)
people = st.sampled_from(sorted(PEOPLE))
urls = st.sampled_from(URLS)
names = st.sampled_from(NAMES)
some_names = st.lists(names, max_size=2).map(tuple)


@dataclass
class ModelLink:
    """A link as the model keeps it: what it is tagged with, who shared it, whether it can be seen."""

    number: int
    tags: set[str] = field(default_factory=set)
    shared_by: list[int] = field(default_factory=list)
    deleted: bool = False
    forgotten_by: int | None = None
    note: str | None = None


Seen = tuple[frozenset[str], bool, str | None, int | None]


@dataclass
class Snapshot:
    """A chat before a deed: what an undo has to bring back."""

    deed_id: int
    links: dict[str, Seen]
    aliases: dict[str, str]


class ModelChat:
    """An archive in a few lines: links by address, and the names that lead to other names."""

    def __init__(self) -> None:
        self.links: dict[str, ModelLink] = {}
        self.aliases: dict[str, str] = {}
        self.known: set[str] = set()
        self.last: Snapshot | None = None
        """The last deed, while it is the last thing that was done."""

    def key(self, name: str) -> str:
        """What the name leads to; below a given up one lies what is below the other, unless links carry it."""
        key = tag_key(name)
        if key in self.aliases or any(key in link.tags for link in self.living().values()):
            return self.aliases.get(key, key)
        above = [prefix for prefix in self.aliases if key.startswith(f"{prefix}/")]
        nearest = max(above, key=len, default=None)
        if nearest is None or self.aliases[nearest].startswith(f"{nearest}/"):
            return key
        below = self.aliases[nearest] + key[len(nearest) :]
        return self.aliases.get(below, below)

    def seen(self) -> dict[str, Seen]:
        return {
            url: (frozenset(link.tags), link.deleted, link.note, link.forgotten_by) for url, link in self.links.items()
        }

    def living(self) -> dict[str, ModelLink]:
        return {url: link for url, link in self.links.items() if not link.deleted}

    def below(self, key: str) -> list[str]:
        """The tags below one that some link carries."""
        carried = {tag for link in self.links.values() for tag in link.tags if tag.startswith(f"{key}/")}
        return sorted(carried, key=lambda tag: (len(tag), tag))

    def move(self, old: str, new: str) -> None:
        """Every link with `old` has `new` instead, and `old` leads there."""
        for link in self.links.values():
            if old in link.tags:
                link.tags = (link.tags - {old}) | {new}
        self.aliases.pop(new, None)
        self.aliases = {key: new if target == old else target for key, target in self.aliases.items()}
        if old != new:
            self.aliases[old] = new
        self.known.add(new)


class Conversations(RuleBasedStateMachine):
    """What people do, in any order, to the storage and to the model."""

    fresh: ClassVar[Callable[[Path], AbstractContextManager[str]]]
    """Gives the address of an empty database, whose files, if it has any, lie in the folder."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        self.model = {chat: ModelChat() for chat in CHATS}
        self.posted = 0
        self.opened = False
        self.compared: dict[int, object] = {}

    def run(self, verb: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(verb)

    @initialize()
    def open(self) -> None:
        self.fresh_database = type(self).fresh(self.folder)
        self.run(database.open_database(self.fresh_database.__enter__(), self.folder))
        self.opened = True
        for chat in CHATS:
            for place, url in enumerate(URLS):
                self.post(chat, 1 + place % 2, [url], NAMES[place % 2 : 2 + place])

    def teardown(self) -> None:
        if self.opened:
            self.run(database.close_database())
            self.fresh_database.__exit__(None, None, None)
        self.loop.close()
        shutil.rmtree(self.folder)

    def snapshot(self, chat: int, deed_id: int | None, before: ModelChat) -> None:
        """Notes what an undo of the deed has to bring back, as long as nothing else is done in the chat."""
        assert deed_id is not None
        self.model[chat].last = Snapshot(deed_id, before.seen(), dict(before.aliases))

    def copy(self, chat: int) -> ModelChat:
        model, copied = self.model[chat], ModelChat()
        copied.links = {
            u: ModelLink(x.number, set(x.tags), list(x.shared_by), x.deleted, x.forgotten_by, x.note)
            for u, x in model.links.items()
        }
        copied.aliases = dict(model.aliases)
        return copied

    def link_id(self, chat: int, url: str) -> int:
        async def look() -> int:
            return int((await Link.get(archive__chat_id=chat, url=url)).id)

        return self.run(look())

    @rule(chat=chats, person=people, wanted=st.lists(urls, min_size=1, max_size=3, unique=True), tagged=some_names)
    def post(self, chat: int, person: int, wanted: list[str], tagged: tuple[str, ...]) -> None:
        self.posted += 1
        sent = message(
            self.posted, *wanted, chat_id=chat, chat_kind="supergroup", tags=tagged,
            sender_id=person, sender_name=PEOPLE[person],
        )  # fmt: skip
        taken, again = self.run(take_in(sent)), self.run(take_in(sent))
        assert taken.card_id == again.card_id, "one message, two cards"
        assert not again.changed, "a message seen again changed something"
        model = self.model[chat]
        model.last = None
        for url in wanted:
            link = model.links.setdefault(url, ModelLink(len(model.links) + 1))
            if link.deleted and link.forgotten_by not in (None, person):
                link.tags, link.shared_by, link.note = set(), [], None
            link.deleted, link.forgotten_by = False, None
            link.shared_by.append(person)
            link.tags |= {model.key(name) for name in tagged}
        model.known |= {model.key(name) for name in tagged}

    def last_of(self, chat: int, person: int) -> int | None:
        """The id of what the person did last in the chat."""
        deed = self.run(deeds.latest_of(chat, person))
        return deed.deed_id if deed else None

    @rule(chat=chats, person=people, url=urls, add=some_names, remove=some_names)
    def retag(self, chat: int, person: int, url: str, add: tuple[str, ...], remove: tuple[str, ...]) -> None:
        model, before = self.model[chat], self.copy(chat)
        if url not in model.links:
            return
        by = Actor(person, PEOPLE[person])
        changed = self.run(upkeep.retag(chat, [self.link_id(chat, url)], add, remove, by))
        link = model.links[url]
        if link.deleted:
            assert not changed, "a deleted link was retagged"
            return
        model.last = None
        link.tags = (link.tags - {model.key(name) for name in remove}) | {model.key(name) for name in add}
        model.known |= {model.key(name) for name in add}
        if link.tags != before.links[url].tags:
            self.snapshot(chat, self.last_of(chat, person), before)

    @rule(chat=chats, person=people, old=names, new=names, kind=st.sampled_from(["rename", "merge"]))
    def rename(self, chat: int, person: int, old: str, new: str, kind: Any) -> None:
        model, before = self.model[chat], self.copy(chat)
        done = self.run(upkeep.rename(chat, old, new, Actor(person, PEOPLE[person]), kind))
        source = model.key(old)
        is_there, below = source in model.known, model.below(source)
        if not is_there and (not below or f"{tag_key(new)}/".startswith(f"{source}/")):
            assert done is None, "a tag that never was got another name"
            return
        assert done is not None
        target = tag_key(new) if kind == "rename" or not is_there else model.key(new)
        if target == source:
            target = tag_key(new)
        if f"{target}/".startswith(f"{source}/"):
            below = []
        concerned = {source, *below}
        assert done.count == sum(bool(concerned & link.tags) for link in model.living().values())
        if is_there:
            model.move(source, target)
        for child in below:
            model.move(child, target + child[len(source) :])
        self.snapshot(chat, done.deed_id, before)

    @rule(chat=chats, person=people, name=names)
    def untag(self, chat: int, person: int, name: str) -> None:
        model, before = self.model[chat], self.copy(chat)
        done = self.run(upkeep.untag(chat, name, Actor(person, PEOPLE[person])))
        key = model.key(name)
        if key not in model.known:
            assert done is None
            return
        assert done is not None
        for link in model.links.values():
            link.tags.discard(key)
        self.snapshot(chat, done.deed_id, before)

    @rule(chat=chats, person=people, url=urls)
    def delete(self, chat: int, person: int, url: str) -> None:
        model, before = self.model[chat], self.copy(chat)
        if url not in model.links:
            return
        deed_id = self.run(archive.delete_link(chat, self.link_id(chat, url), PEOPLE[person], person))
        if model.links[url].deleted:
            assert deed_id is None, "a link was deleted twice"
            return
        model.links[url].deleted, model.links[url].forgotten_by = True, None
        self.snapshot(chat, deed_id, before)

    @rule(chat=chats, person=people)
    def forget(self, chat: int, person: int) -> None:
        model, before = self.model[chat], self.copy(chat)
        theirs = [x for x in model.links.values() if person in x.shared_by and x.forgotten_by is None]
        done = self.run(forgetting.forget(chat, Actor(person, PEOPLE[person])))
        if not theirs:
            assert done is None
            return
        assert done is not None
        assert done.count == len(theirs)
        for link in theirs:
            if set(link.shared_by) == {person}:
                link.deleted, link.forgotten_by = True, person
            else:
                link.shared_by = [other for other in link.shared_by if other != person]
        self.snapshot(chat, done.deed_id, before)

    @precondition(lambda self: any(model.last for model in self.model.values()))
    @rule(chat=chats)
    def undo_at_once(self, chat: int) -> None:
        """The last thing that was done in a chat is undone exactly, once, and from that chat alone."""
        model = self.model[chat]
        done = model.last
        if done is None:
            return
        other = next(other for other in CHATS if other != chat)
        assert self.run(undoing.undo(other, done.deed_id)) is None, "another chat undid it"
        assert self.run(undoing.undo(chat, done.deed_id)) == "undone"
        assert self.run(undoing.undo(chat, done.deed_id)) == "already"
        model.last = None
        model.aliases = dict(done.aliases)
        for url, (tagged, deleted, words, forgotten_by) in done.links.items():
            model.links[url].tags, model.links[url].deleted, model.links[url].note = set(tagged), deleted, words
            model.links[url].forgotten_by = forgotten_by
        for link in model.links.values():
            link.shared_by = self.run(sharers_of(chat, link.number))

    @precondition(lambda self: any(model.living() for model in self.model.values()))
    @rule(chat=chats, person=people, url=urls, words=st.sampled_from(["江南", "foxes are red", None]))
    def note(self, chat: int, person: int, url: str, words: str | None) -> None:
        model, before = self.model[chat], self.copy(chat)
        link = model.links.get(url)
        if link is None:
            return
        kept = self.run(notes.set_note(chat, self.link_id(chat, url), words, Actor(person, PEOPLE[person])))
        assert kept is not link.deleted
        if kept and words != link.note:
            link.note = words
            self.snapshot(chat, self.last_of(chat, person), before)

    @rule(chat=chats, person=people)
    def undo_own(self, chat: int, person: int) -> None:
        """Whatever was done meanwhile: what a person did to a link comes back as it was then, or nothing changes."""
        deed_id = self.last_of(chat, person)
        deed = self.run(deeds.find(chat, deed_id)) if deed_id is not None else None
        if deed is None or deed.kind not in ("note", "tags"):
            return
        model, last = self.model[chat], self.model[chat].last
        if last is not None and last.deed_id == deed_id:
            self.undo_at_once(chat)
            return
        outcome = self.run(undoing.undo(chat, deed.deed_id))
        assert outcome in ("undone", "changed")
        if outcome == "changed":
            return
        model.last = None
        if deed.kind == "note":
            link = next(x for u, x in model.links.items() if self.link_id(chat, u) == deed.payload["link"])
            assert not link.deleted
            assert link.note == deed.payload["new"], "somebody's note was overwritten"
            link.note = deed.payload["old"]  # type: ignore[assignment]
            return
        for url, link in model.links.items():
            link.tags = self.run(tags_now(chat, url)) if self.link_id(chat, url) in about(deed) else link.tags

    @invariant()
    def archives_are_as_the_model_says(self) -> None:
        if self.opened:
            self.run(self.compare())

    async def compare(self) -> None:
        assert await counters_are_right(), "a counter is wrong"
        for chat, model in self.model.items():
            rows = await Link.filter(archive__chat_id=chat).order_by("number")
            views = {view.url: view for view in await views_of([row.id for row in rows])}
            assert set(views) == set(model.links), "a link was lost, or is somebody else's"
            for url, link in model.links.items():
                view = views[url]
                assert view.number == link.number
                assert {tag_key(name) for name in view.tags} == link.tags, url
                assert (view.deleted_by is not None) == link.deleted, url
                assert view.note == link.note, url
            if model.seen() == self.compared.get(chat):
                continue
            self.compared[chat] = model.seen()
            for name in NAMES:
                key = model.key(name)
                living = {url for url, link in model.living().items() if key in link.tags}
                found = await search.search(chat, f'"{name}"', 1, 20, bare="tag")
                assert {row.url for row in found.rows} == living, f"/tag {name} in {chat}"
            listed = {tag_key(tag.name): tag.count for tag in (await tags.list_tags(chat, "", 1, 50)).rows}
            counts = [key for link in model.living().values() for key in link.tags]
            assert listed == {key: counts.count(key) for key in counts}


def about(deed: deeds.DeedView) -> set[int]:
    """The links whose tags a deed changed."""
    pairs: Any = (*deed.payload["gained"], *deed.payload["lost"])  # type: ignore[misc]
    return {link_id for _, link_id in pairs}


async def tags_now(chat: int, url: str) -> set[str]:
    """A link's tags, where the model does not say which: those of a deed are named by ids."""
    link = await Link.get(archive__chat_id=chat, url=url, deleted_at__isnull=True)
    return {tag_key(name) for view in await views_of([link.id]) for name in view.tags}


async def sharers_of(chat: int, number: int) -> list[int]:
    """Who shared a link, in the order of posting: how undone shares stand among the others is not the model's."""
    shares = await Share.filter(link__archive__chat_id=chat, link__number=number).order_by("id")
    return [share.person_id or 0 for share in shares]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_conversations(kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def sqlite(folder: Path) -> Iterator[str]:
        shutil.copytree(request.getfixturevalue("migrated"), folder, dirs_exist_ok=True)
        yield database.SQLITE_URL

    def postgres(_folder: Path) -> AbstractContextManager[str]:
        url: AbstractContextManager[str] = request.getfixturevalue("postgres").database()
        return url

    monkeypatch.setattr(Conversations, "fresh", staticmethod(sqlite if kind == "sqlite" else postgres), raising=False)
    run_state_machine_as_test(
        Conversations,
        settings=settings(
            max_examples=8 if kind == "sqlite" else 4,
            stateful_step_count=25,
            deadline=None,
            # Looking for a shorter way to a failure would take minutes; the steps are printed as they are.
            phases=(Phase.generate,),
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
