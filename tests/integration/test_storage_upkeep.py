"""Tags renamed, merged, removed and brought back; rules; notes; what a person takes out again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from storage import (
    archive,
    branches,
    confirming,
    database,
    deeds,
    forgetting,
    giving,
    notes,
    questions,
    rules,
    search,
    undoing,
    upkeep,
)
from storage.archive import take_in
from storage.deeds import Actor
from storage.giving import Giver
from storage.models import Capture, Card, Deed, Link, LinkTag, Outbox, Share, Tag
from storage.views import links as views_of
from tests.integration.storage_factories import (
    CHAT,
    OTHER_CHAT,
    Clock,
    card,
    counters_are_right,
    good,
    message,
    run_all,
)

pytestmark = pytest.mark.usefixtures("opened")
ALICE, BOB = Actor(1001, "Alice"), Actor(1002, "Bob")
A, B, C = "https://a.example/", "https://b.example/", "https://c.example/"


async def tags_of(chat_id: int = CHAT) -> dict[str, set[str]]:
    """Every link's tags, as they are shown; and the counters are right."""
    assert await counters_are_right()
    ids = await Link.filter(archive__chat_id=chat_id).values_list("id", flat=True)
    return {link.url: set(link.tags) for link in await views_of([int(i) for i in ids])}  # type: ignore[call-overload]


@database.writing
async def pretend_sent() -> None:
    """Every card is in the chat, its message ids rising from 1000."""
    for place, one in enumerate(await Card.all().order_by("id")):
        await Card.filter(id=one.id).update(sent_message_id=1000 + place)
    await Outbox.all().update(pending=False)


async def link_id(url: str) -> int:
    return int((await Link.get(url=url)).id)


async def undo_last(chat_id: int = CHAT) -> Any:
    return await undoing.undo(chat_id, (await deeds.latest(chat_id))[0].deed_id)


async def three_links() -> None:
    await take_in(message(1, A, tags=("fox",)))
    await take_in(message(2, B, tags=("Fox", "reading")))
    await take_in(message(3, C, tags=("reading",)))


async def test_retagging_links() -> None:
    await three_links()
    ids = [await link_id(A), await link_id(C)]
    assert await upkeep.retag(CHAT, ids, ["new one", "a/b"], ["READING", "nothing"])
    assert await tags_of() == {A: {"fox", "new one", "a/b"}, B: {"fox", "reading"}, C: {"new one", "a/b"}}
    assert not await upkeep.retag(CHAT, ids, ["New One"], ["reading"]), "nothing was to change"


async def test_retagging_reaches_no_other_chat() -> None:
    await three_links()
    await take_in(message(9, A, chat_id=OTHER_CHAT))
    assert not await upkeep.retag(OTHER_CHAT, [await link_id(B)], ["mine"], ["fox"])
    assert (await tags_of())[B] == {"fox", "reading"}


async def test_a_rename_keeps_the_links_and_the_old_name_goes_on_working() -> None:
    await three_links()
    before = await tags_of()
    done = await upkeep.rename(CHAT, "#FOX", "Vulpes", ALICE)
    assert done is not None
    assert (done.count, done.name, done.other) == (2, "fox", "Vulpes")
    assert await tags_of() == {A: {"Vulpes"}, B: {"Vulpes", "reading"}, C: {"reading"}}
    await take_in(message(4, C, tags=("fox",)))
    assert (await tags_of())[C] == {"Vulpes", "reading"}, "the old name no longer leads to it"
    assert await undo_last() == "undone"
    assert await tags_of() == {**before, C: {"reading", "fox"}}


async def test_only_the_letters_case_is_renamed_too() -> None:
    await three_links()
    await upkeep.rename(CHAT, "fox", "FOX", ALICE)
    assert (await tags_of())[A] == {"FOX"}
    assert await undo_last() == "undone"
    assert (await tags_of())[A] == {"fox"}


@pytest.mark.parametrize("kind", ["rename", "merge"])
async def test_a_merge_joins_links_and_is_undone_exactly(kind: deeds.Kind) -> None:
    await three_links()
    before = await tags_of()
    done = await upkeep.rename(CHAT, "fox", "reading", ALICE, kind)
    assert done is not None
    assert done.count == 2
    assert await tags_of() == {A: {"reading"}, B: {"reading"}, C: {"reading"}}
    assert (await upkeep.tag(CHAT, "fox")) == (await upkeep.tag(CHAT, "reading")), "an old habit leads elsewhere"
    assert await undo_last() == "undone"
    assert await tags_of() == before
    assert await undoing.undo(CHAT, done.deed_id) == "already"


async def test_chains_of_names_lead_to_the_last_and_are_undone_in_turn() -> None:
    await three_links()
    before = await tags_of()
    first = await upkeep.rename(CHAT, "fox", "vulpes", ALICE)
    second = await upkeep.rename(CHAT, "vulpes", "reading", ALICE, "merge")
    third = await upkeep.rename(CHAT, "reading", "fox", ALICE)
    assert first
    assert second
    assert third
    assert await tags_of() == {A: {"fox"}, B: {"fox"}, C: {"fox"}}
    found = [await upkeep.tag(CHAT, name) for name in ("fox", "vulpes", "reading")]
    assert len({tag.tag_id for tag in found if tag}) == 1
    assert await undoing.undo(CHAT, first.deed_id) == "blocked"
    assert await undoing.undo(CHAT, second.deed_id) == "blocked"
    for deed in (third, second, first):
        assert await undoing.undo(CHAT, deed.deed_id) == "undone"
    assert await tags_of() == before
    assert (await upkeep.tag(CHAT, "vulpes")) is None, "a name that was taken back leads nowhere"


@pytest.mark.parametrize("kind", ["rename", "merge"])
async def test_a_tag_takes_back_the_name_that_leads_to_it(kind: deeds.Kind) -> None:
    await three_links()
    await upkeep.rename(CHAT, "fox", "reading", ALICE, "merge")
    before = await tags_of()
    done = await upkeep.rename(CHAT, "reading", "fox", ALICE, kind)
    assert done is not None
    assert await tags_of() == {A: {"fox"}, B: {"fox"}, C: {"fox"}}
    assert await undoing.undo(CHAT, done.deed_id) == "undone"
    assert await tags_of() == before


async def test_untag_takes_it_off_everything_deleted_links_too() -> None:
    await three_links()
    await archive.delete_link(CHAT, await link_id(B), "Alice", 1001)
    done = await upkeep.untag(CHAT, "fox", ALICE)
    assert done is not None
    assert done.count == 1, "a deleted link was counted"
    await archive.undo_delete(CHAT, await link_id(B))
    assert await tags_of() == {A: set(), B: {"reading"}, C: {"reading"}}
    assert await undoing.undo(CHAT, done.deed_id) == "undone"
    assert await tags_of() == {A: {"fox"}, B: {"fox", "reading"}, C: {"reading"}}


async def test_deeds_end_after_a_day_and_a_deletion_after_a_week(moved: Clock) -> None:
    await three_links()
    done = await upkeep.untag(CHAT, "fox", ALICE)
    deleted = await archive.delete_link(CHAT, await link_id(C), "Alice", 1001)
    assert done
    assert deleted
    moved.forward(25 * 3600)
    assert await undoing.undo(CHAT, done.deed_id) == "late"
    assert await undoing.undo(CHAT, deleted) == "undone"


async def test_deeds_and_questions_of_other_chats_do_not_exist() -> None:
    await three_links()
    await take_in(message(9, A, chat_id=OTHER_CHAT, tags=("fox",)))
    done = await upkeep.untag(CHAT, "fox", ALICE)
    asked = await questions.ask(CHAT, "untag", {"name": "fox"}, 1001)
    assert done
    assert await undoing.undo(OTHER_CHAT, done.deed_id) is None
    assert await questions.find(OTHER_CHAT, asked) is None
    assert await questions.settle(OTHER_CHAT, asked, "yes") is None
    assert (await tags_of(OTHER_CHAT))[A] == {"fox"}


async def test_a_question_is_answered_once() -> None:
    await three_links()
    asked = await questions.ask(CHAT, "untag", {"name": "fox"}, 1001)
    answers = await asyncio.gather(*(questions.settle(CHAT, asked, "yes") for _ in range(5)))
    assert sum(answer is not None for answer in answers) == 1
    assert await questions.settle(CHAT, asked, "no") is None


async def test_two_people_who_say_yes_together_do_it_once() -> None:
    await three_links()
    asked = await questions.ask(CHAT, "merge", {"old": "fox", "new": "reading"}, 1001)
    both = await asyncio.gather(*(confirming.confirm(CHAT, asked, who) for who in (ALICE, BOB, ALICE)))
    done = [one for one in both if one is not None]
    assert len(done) == 1
    assert done[0].done
    assert done[0].done.count == 2
    assert len(await deeds.latest(CHAT)) == 1
    undone = await asyncio.gather(*(undoing.undo(CHAT, done[0].done.deed_id) for _ in range(3)))
    assert sorted(str(outcome) for outcome in undone) == ["already", "already", "undone"]


async def test_what_is_gone_when_it_is_confirmed_is_said_and_settled() -> None:
    await three_links()
    rule = await rules.add(CHAT, "a.example", None, ["x"], ALICE)
    assert rule
    asked = await questions.ask(CHAT, "rule", {"rule": rule.rule_id}, 1001)
    await rules.remove(CHAT, rule.number)
    assert await rules.add(CHAT, "b.example", None, ["y"], ALICE), "it has the number of the one that is gone"
    confirmed = await confirming.confirm(CHAT, asked, ALICE)
    assert confirmed is not None
    assert confirmed.done is None


async def test_only_cards_that_may_be_seen_follow_one_after_the_other() -> None:
    for n in range(60):
        await take_in(message(n + 1, f"https://p{n}.example/", tags=("many",), sender_id=n + 1))
    await run_all()
    await pretend_sent()
    await upkeep.rename(CHAT, "many", "lots", ALICE)
    due = await Outbox.filter(pending=True).order_by("not_before_ms").select_related("card")
    assert [row.card.sent_message_id for row in due if row.card] == list(range(1059, 1009, -1))
    pauses = {later.not_before_ms - earlier.not_before_ms for earlier, later in pairwise(due)}
    assert pauses == {3_000}


async def test_rules_tag_new_links_by_host_and_words() -> None:
    await take_in(message(1, "https://docs.github.example/old"))
    rule = await rules.add(CHAT, "github.example", None, ["code"], ALICE)
    words = await rules.add(CHAT, None, "Red Fox", ["Fox"], ALICE)
    assert rule
    assert words
    assert (rule.number, words.number) == (1, 2)
    await take_in(message(2, "https://github.example/x", "https://notgithub.example/", "https://x.example/red-fox"))
    assert await tags_of() == {
        "https://docs.github.example/old": set(),
        "https://github.example/x": {"code"},
        "https://notgithub.example/": set(),
        "https://x.example/red-fox": {"Fox"},
    }
    await run_all(good("A fox that is red"))
    assert all("Fox" in tags for tags in (await tags_of()).values()), "the title says so"
    await upkeep.retag(CHAT, [await link_id("https://github.example/x")], [], ["fox"])
    await archive.recapture(CHAT, await link_id("https://github.example/x"), None)
    await run_all(good("A fox that is red"))
    assert (await tags_of())["https://github.example/x"] == {"code"}, "a tag that was taken off came back"


async def test_a_rule_for_old_links_on_request() -> None:
    await take_in(message(1, "https://docs.github.example/old", tags=("code",)))
    await take_in(message(2, "https://github.example/old"))
    rule = await rules.add(CHAT, "github.example", None, ["code", "dev"], ALICE)
    assert rule
    before = await tags_of()
    assert await rules.count_old(CHAT, rule.rule_id) == 2
    done = await rules.apply_to_old(CHAT, rule.rule_id, ALICE)
    assert done
    assert done.count == 2
    assert all(tags == {"code", "dev"} for tags in (await tags_of()).values())
    assert await undo_last() == "undone"
    assert await tags_of() == before
    assert await rules.remove(CHAT, 1)
    assert await rules.remove(CHAT, 1) is None
    assert await rules.of_chat(CHAT) == []
    assert await rules.remove(OTHER_CHAT, 1) is None


async def test_the_same_rule_twice_is_one_with_all_tags() -> None:
    await three_links()
    await rules.add(CHAT, "github.example", None, ["code"], ALICE)
    again = await rules.add(CHAT, "github.example", None, ["Code", "dev"], ALICE)
    assert again
    assert (again.number, set(again.tags)) == (1, {"Code", "dev"})


async def test_forget_takes_out_what_one_person_shared() -> None:
    await take_in(message(1, A, words="my secret words", tags=("fox",)))
    await take_in(message(2, B, words=f"mine {B}"))
    await take_in(message(3, B, words=f"also from bob {B}", sender_id=1002, sender_name="Bob"))
    await take_in(message(4, C, sender_id=1002, sender_name="Bob"))
    assert await forgetting.count(CHAT, 1001) == 2
    done = await forgetting.forget(CHAT, ALICE)
    assert done
    assert done.count == 2
    assert await counters_are_right()
    assert (await Link.get(url=A)).deleted_by == "Alice"
    shared = await Link.get(url=B)
    assert (shared.deleted_at, shared.first_shared_by, shared.first_sharer_id) == (None, "Bob", 1002)
    assert (await Link.get(url=C)).deleted_at is None
    assert await forgetting.count(CHAT, 1001) == 0
    assert await undo_last() == "undone"
    assert await forgetting.count(CHAT, 1001) == 2
    assert (await Link.get(url=B)).first_sharer_id == 1001
    assert await counters_are_right()


async def forgotten_by_bob(*, secret: str = "my private words") -> int:
    """A link that Bob alone shared, noted, titled and tagged, and then forgot; gives its id."""
    await take_in(message(1, A, words=f"{A} {secret}", tags=("bobs",), sender_id=1002, sender_name="Bob"))
    await take_in(message(2, B, sender_id=1002, sender_name="Bob"))
    forgotten = await link_id(A)
    await notes.set_note(CHAT, forgotten, "Bob's note")
    await notes.set_title(CHAT, forgotten, "Bob's title")
    assert await forgetting.forget(CHAT, BOB)
    return forgotten


async def test_what_was_deleted_before_it_was_forgotten_comes_back_by_nobody_else() -> None:
    for url, number in ((A, 1), (B, 2)):
        await take_in(message(number, url, tags=("bobs",), sender_id=1002, sender_name="Bob"))
    deleted = await archive.delete_link(CHAT, await link_id(A), "Bob", 1002)
    assert deleted is not None
    assert await forgetting.count(CHAT, 1002) == 2
    done = await forgetting.forget(CHAT, BOB)
    assert done is not None
    assert done.count == 2
    assert await forgetting.count(CHAT, 1002) == 0
    assert await forgetting.forget(CHAT, BOB) is None
    assert await undoing.undo(CHAT, deleted) == "late"
    assert not await archive.undo_delete(CHAT, await link_id(A), 1001)
    assert await undoing.undo(CHAT, done.deed_id) == "undone"
    living = await Link.filter(deleted_at__isnull=True)
    assert [link.url for link in living] == [B], "what was deleted before is deleted as before"
    assert await undoing.undo(CHAT, deleted) == "undone"
    assert await tags_of() == {A: {"bobs"}, B: {"bobs"}}
    await archive.delete_link(CHAT, await link_id(A), "Bob", 1002)
    assert await forgetting.forget(CHAT, BOB)
    await take_in(message(3, A))
    link = await Link.get(url=A)
    assert (link.first_shared_by, link.deleted_at) == ("Alice", None)
    assert (await tags_of())[A] == set()
    assert await Share.filter(person_id=1002, link_id=link.id).count() == 0


async def test_what_was_forgotten_is_new_when_somebody_else_posts_it() -> None:
    forgotten = await forgotten_by_bob()
    taken = await take_in(message(3, A, words=f"{A} hers", tags=("hers",)))
    link = await Link.get(id=forgotten)
    assert (link.deleted_at, link.first_shared_by, link.first_sharer_id) == (None, "Alice", 1001)
    assert (link.note, link.given_title) == (None, None)
    assert (await tags_of())[A] == {"hers"}
    assert await Share.filter(link_id=forgotten).values_list("words", flat=True) == [f"{A} hers"]
    for words in ("private", "bob's", "by:bob"):
        assert (await search.search(CHAT, words)).total == 0, f"{words} finds it"
    assert (await search.search(CHAT, "hers")).total == 1
    assert not (await card(taken.card_id)).links[0].repost, "it is told as one that was there"
    assert await undo_last() == "undone"
    assert (await Link.get(url=B)).deleted_at is None
    assert await Share.filter(link_id=forgotten).count() == 1, "the undo brought the words back"
    assert (await tags_of())[A] == {"hers"}


async def test_ones_own_posting_brings_back_what_one_forgot() -> None:
    forgotten = await forgotten_by_bob()
    await take_in(message(3, A, sender_id=1002, sender_name="Bob"))
    assert (await tags_of())[A] == {"bobs"}
    await archive.delete_link(CHAT, forgotten, "Alice", 1001)
    await undoing.undo(CHAT, (await deeds.latest(CHAT))[1].deed_id)
    assert (await Link.get(id=forgotten)).deleted_by == "Alice", "the forgetting is not about it any more"


async def test_an_older_deletion_does_not_bring_back_what_was_forgotten_since() -> None:
    await take_in(message(1, A, sender_id=1002, sender_name="Bob"))
    deleted = await archive.delete_link(CHAT, await link_id(A), "Alice", 1001)
    await take_in(message(2, A, sender_id=1002, sender_name="Bob"))
    await forgetting.forget(CHAT, BOB)
    assert await undoing.undo(CHAT, deleted or 0) == "late"
    assert (await Link.get(url=A)).deleted_by == "Bob"


async def test_a_copy_says_no_more_who_gave_it_once_they_are_forgotten() -> None:
    bob = Giver(CHAT, 1, A, "Bob", 1002, "m1")
    await take_in(message(1, A, sender_id=1002, sender_name="Bob"))
    await take_in(message(2, A))
    await run_all()
    assert await giving.give(replace(bob, link_id=await link_id(A)), good("By hand"))

    async def giver() -> str | None:
        link = await archive.numbered(CHAT, 1)
        assert link
        assert link.capture
        return link.capture.given_by

    assert await giver() == "Bob"
    assert await forgetting.forget(CHAT, BOB)
    assert await giver() == "", "his name is still there"
    assert await undo_last() == "undone"
    assert await giver() == "Bob"
    assert await Capture.filter(given_by_id=1002).count() == 1


async def words_of(url: str) -> tuple[str | None, str | None]:
    link = await Link.get(url=url)
    return link.note, link.given_title


async def undo_own(by: Actor, chat_id: int = CHAT) -> Any:
    """What `/undo` does first: the person's last deed."""
    deed = await deeds.latest_of(chat_id, by.id or 0)
    return await undoing.undo(chat_id, deed.deed_id) if deed else None


async def test_notes_titles_and_tags_of_single_links_are_undone_one_after_the_other() -> None:
    await three_links()
    link = await link_id(A)
    await notes.set_note(CHAT, link, "first", ALICE)
    await notes.set_note(CHAT, link, "second", ALICE)
    await notes.set_note(CHAT, link, "second", ALICE)
    await notes.set_title(CHAT, link, "Called so", ALICE)
    await upkeep.retag(CHAT, [link], ["new", "a/b"], ["fox"], ALICE)
    await upkeep.retag(CHAT, [link], ["new"], ["nothing"], ALICE)
    assert (await tags_of())[A] == {"new", "a/b"}
    assert await undo_own(ALICE) == "undone"
    assert (await tags_of())[A] == {"fox"}
    assert await undo_own(ALICE) == "undone"
    assert await words_of(A) == ("second", None)
    assert await undo_own(ALICE) == "undone"
    assert await words_of(A) == ("first", None)
    assert (await search.search(CHAT, "first")).total == 1, "what is back is found again"
    assert await undo_own(ALICE) == "undone"
    assert await words_of(A) == (None, None)
    assert await undo_own(ALICE) is None, "what changed nothing was noted"


async def test_an_undo_of_words_overwrites_nobodys_and_goes_on_to_what_was_before() -> None:
    await three_links()
    a, b = await link_id(A), await link_id(B)
    await notes.set_note(CHAT, b, "on another link", ALICE)
    await notes.set_note(CHAT, a, "Alice's", ALICE)
    await notes.set_note(CHAT, a, "Bob's", BOB)
    assert await undo_own(ALICE) == "changed"
    assert (await words_of(A))[0] == "Bob's"
    assert await undo_own(ALICE) == "undone"
    assert (await words_of(B))[0] is None
    await notes.set_title(CHAT, a, "Same", ALICE)
    await notes.set_title(CHAT, a, "Other", BOB)
    await notes.set_title(CHAT, a, "Same", BOB)
    assert await undo_own(ALICE) == "changed", "Bob said so himself since"
    await notes.set_title(CHAT, a, "Alice's", ALICE)
    await notes.set_title(CHAT, a, "Bob's", BOB)
    assert await undo_own(BOB) == "undone"
    assert await undo_own(ALICE) == "undone", "the other's is undone: it is as she left it"
    assert (await words_of(A))[1] == "Same"


async def test_tags_that_somebody_changed_again_stay() -> None:
    await three_links()
    link = await link_id(A)
    await upkeep.retag(CHAT, [link], ["new"], ["fox"], ALICE)
    await upkeep.retag(CHAT, [link], [], ["new"], BOB)
    await upkeep.retag(CHAT, [link], ["new"], [], BOB)
    assert await undo_own(ALICE) == "changed"
    assert (await tags_of())[A] == {"new"}
    await upkeep.retag(CHAT, [link], ["fox"], [], ALICE)
    await upkeep.retag(CHAT, [link], ["other"], [], BOB)
    assert await undo_own(ALICE) == "undone", "other tags are another matter"
    assert (await tags_of())[A] == {"new", "other"}


async def test_tags_that_were_merged_since_are_not_put_back_by_their_old_name() -> None:
    await three_links()
    link = await link_id(A)
    await upkeep.retag(CHAT, [link], [], ["fox"], ALICE)
    merged = await upkeep.rename(CHAT, "fox", "reading", BOB, "merge")
    assert merged is not None
    assert await undo_own(ALICE) == "changed"
    assert (await tags_of())[A] == set()
    await upkeep.retag(CHAT, [await link_id(B)], [], ["reading"], ALICE)
    assert await undoing.undo(CHAT, merged.deed_id) == "undone"
    assert (await tags_of())[B] == {"fox"}
    assert await undo_own(ALICE) == "changed", "what she took off was two tags and one, and is two again"
    assert (await tags_of())[B] == {"fox"}


async def test_a_deed_on_a_link_ends_after_a_day_and_with_the_link(moved: Clock) -> None:
    await three_links()
    await notes.set_note(CHAT, await link_id(A), "a note", ALICE)
    await archive.delete_link(CHAT, await link_id(A), "Bob", 1002)
    assert await undo_own(ALICE) == "changed"
    assert await undo_last() == "undone"
    assert (await words_of(A))[0] == "a note"
    await notes.set_note(CHAT, await link_id(A), "another", ALICE)
    moved.forward(24 * 3600 + 1)
    assert await deeds.latest_of(CHAT, 1001) is None


async def test_words_and_tags_of_a_link_that_was_forgotten_never_come_back() -> None:
    await take_in(message(1, A, tags=("bobs",), sender_id=1002, sender_name="Bob"))
    await notes.set_note(CHAT, await link_id(A), "a secret", BOB)
    await notes.set_note(CHAT, await link_id(A), None, ALICE)
    await upkeep.retag(CHAT, [await link_id(A)], [], ["bobs"], ALICE)
    assert await forgetting.forget(CHAT, BOB)
    await take_in(message(2, A))
    for who in (ALICE, ALICE, BOB):
        assert await undo_own(who) in (None, "undone")
    assert await words_of(A) == (None, None)
    assert await tags_of() == {A: set()}
    assert not [deed.payload for deed in await Deed.all() if "secret" in str(deed.payload)]


async def test_nothing_of_ones_own_is_nothing_to_forget() -> None:
    await three_links()
    assert await forgetting.forget(CHAT, BOB) is None


async def test_a_deletion_undone_by_its_card_needs_no_undo_any_more() -> None:
    await three_links()
    await archive.delete_link(CHAT, await link_id(A), "Alice", 1001)
    await archive.undo_delete(CHAT, await link_id(A))
    assert await deeds.latest(CHAT) == []


async def test_notes_and_titles_of_other_chats_cannot_be_changed() -> None:
    await three_links()
    await take_in(message(9, A, chat_id=OTHER_CHAT))
    link = (await Link.get(url=B)).id
    assert not await notes.set_note(OTHER_CHAT, link, "stolen")
    assert await notes.set_note(CHAT, link, "a note about foxes")
    assert await notes.set_title(CHAT, link, "Called so")
    kept = await Link.get(id=link)
    assert (kept.note, kept.given_title) == ("a note about foxes", "Called so")
    assert await notes.set_note(CHAT, link, None)
    assert (await Link.get(id=link)).note is None


async def test_an_old_name_leads_on_when_a_group_becomes_a_supergroup() -> None:
    await three_links()
    await upkeep.rename(CHAT, "fox", "vulpes", ALICE)
    await take_in(message(9, "https://d.example/", chat_id=OTHER_CHAT, tags=("fox",)))
    await upkeep.rename(OTHER_CHAT, "fox", "canis", ALICE)
    await archive.follow_migration(CHAT, OTHER_CHAT)
    assert (await tags_of(OTHER_CHAT))["https://d.example/"] == {"canis"}
    found = await upkeep.tag(OTHER_CHAT, "fox")
    assert found is not None
    assert (found.name, found.count) == ("vulpes", 2)


async def test_no_tag_is_lost_when_a_link_has_both() -> None:
    await take_in(message(1, A, tags=("x", "y")))
    await upkeep.rename(CHAT, "x", "y", ALICE, "merge")
    assert await LinkTag.all().count() == 1
    await undo_last()
    assert await LinkTag.all().count() == 2
    assert {tag.key: tag.count for tag in await Tag.all()} == {"x": 1, "y": 1}


async def branch_links() -> None:
    await take_in(message(1, A, tags=("Work", "work/Code")))
    await take_in(message(2, B, tags=("work/code/rust", "job/code")))
    await take_in(message(3, C, tags=("work\uff0fart", "workshop")))


@pytest.mark.parametrize("kind", ["rename", "merge"])
async def test_tags_below_follow_and_an_undo_restores_all_of_them(kind: deeds.Kind) -> None:
    await branch_links()
    before = await tags_of()
    found = await branches.branch(CHAT, "WORK")
    assert found == branches.Branch("Work", below=3, count=3)
    done = await upkeep.rename(CHAT, "work", "Job", ALICE, kind)
    assert done is not None
    assert done.count == 3
    assert await tags_of() == {
        A: {"Job", "Job/Code"}, B: {"Job/code/rust", "Job/Code"}, C: {"Job/art", "workshop"},
    }  # fmt: skip
    again = await take_in(message(4, "https://d.example/", tags=("work/art",)))
    assert (await tags_of())["https://d.example/"] == {"Job/art"}, "an old habit of a tag below leads elsewhere"
    assert await undo_last() == "undone"
    now = await tags_of()
    now.pop("https://d.example/")
    assert now == before
    assert again.kept
    assert await upkeep.tag(CHAT, "job") is None
    assert [tag.count for tag in [await upkeep.tag(CHAT, "job/code")] if tag] == [1]


@pytest.mark.parametrize("kind", ["rename", "merge"])
async def test_a_new_tag_below_an_old_name_goes_below_the_new_one(kind: deeds.Kind) -> None:
    await take_in(message(1, A, tags=("work", "job")))
    await upkeep.rename(CHAT, "work", "job", ALICE, kind)
    await take_in(message(2, B, tags=("Work/New", "job/new", "workshop/x")))
    assert (await tags_of())[B] == {"job/New", "workshop/x"}
    for query in ("work/new", "job/new"):
        assert [link.url for link in (await search.search(CHAT, query, bare="tag")).rows] == [B]
    assert (await search.search(CHAT, "work/", bare="tag")).total == 2
    await upkeep.rename(CHAT, "job", "job/old", ALICE)
    await take_in(message(3, C, tags=("job/other",)))
    assert (await tags_of())[C] == {"job/other"}, "what is below a tag that moved below itself stays there"


async def test_a_tag_without_links_below_an_old_name_holds_no_new_ones() -> None:
    await take_in(message(1, A, tags=("work", "work/new")))
    await upkeep.untag(CHAT, "work/new", ALICE)
    await upkeep.rename(CHAT, "work", "job", ALICE)
    await take_in(message(2, B, tags=("work/new",)))
    assert (await tags_of())[B] == {"job/new"}


async def test_a_branch_whose_own_tag_was_never_used_is_renamed_too() -> None:
    await take_in(message(1, A, tags=("a/x",)))
    done = await upkeep.rename(CHAT, "a", "b", ALICE)
    assert done is not None
    assert (done.name, done.other, done.count) == ("a", "b", 1)
    assert await tags_of() == {A: {"b/x"}}
    assert await undo_last() == "undone"
    assert await tags_of() == {A: {"a/x"}}
    assert await branches.branch(CHAT, "none") is None
    assert await upkeep.rename(CHAT, "none", "b", ALICE) is None


async def test_a_tag_that_moves_below_itself_takes_nothing_along() -> None:
    await take_in(message(1, A, tags=("a", "a/x")))
    await upkeep.rename(CHAT, "a", "a/general", ALICE)
    assert await tags_of() == {A: {"a/general", "a/x"}}
    assert await undo_last() == "undone"
    await upkeep.rename(CHAT, "a/x", "a", ALICE, "merge")
    assert await tags_of() == {A: {"a"}}
    await undo_last()
    await upkeep.rename(CHAT, "a", "b", ALICE)
    await upkeep.rename(CHAT, "b/x", "c", ALICE)
    assert await undoing.undo(CHAT, (await deeds.latest(CHAT))[1].deed_id) == "blocked"
    assert await undo_last() == "undone"
    assert await undo_last() == "undone"
    assert await tags_of() == {A: {"a", "a/x"}}


async def test_up_and_down_a_branch_and_back() -> None:
    await take_in(message(1, A, tags=("b/c", "b/c/x", "b/c/c", "b/c/c/x")))
    await take_in(message(2, B, tags=("b/x",)))
    before = await tags_of()
    await upkeep.rename(CHAT, "b/c", "b", ALICE)
    assert await tags_of() == {A: {"b", "b/x", "b/c", "b/c/x"}, B: {"b/x"}}
    await undo_last()
    assert await tags_of() == before
