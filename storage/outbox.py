"""What has to reach Telegram: it is written here before it is sent, and stays until it has been."""

# ruff: noqa: S608 - what is put into SQL text here are column names and marks; values are parameters

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal, cast

from storage import choices, clock, signals, suggesting, turns, views
from storage.database import (
    Dialect,
    StorageUnavailable,
    dialect,
    execute,
    marks,
    reading,
    rows,
    until_written,
    writing_beside,
)
from storage.models import Archive, Card, CardLink, Chat, Link, Outbox, Piece, SentFile
from storage.queue.places import waiting_before
from storage.records import AlbumPicture, CardView, Due, Form, IntakeNote
from storage.views import OnCard

_TURN = "delivery"
_looked_at_ms = 0
"""When `due` last looked: what was due then is under way, or waits for its chat."""


def wake() -> None:
    """Lets `wait` return."""
    signals.outbox.set()


def wake_here() -> None:
    """Lets `wait` return in this process alone."""
    signals.outbox.set_here()


async def due(limit: int = 20, busy_chats: Collection[int] = ()) -> list[Due]:
    """What is to be delivered now: at most one a chat, none of busy or parked chats, the oldest first."""
    global _looked_at_ms
    now = clock.now_ms()
    found = await _due(limit, busy_chats, now)
    _looked_at_ms = now
    return found


@reading
async def _due(limit: int, busy_chats: Collection[int], now: int) -> list[Due]:
    busy = f"AND o.chat_id NOT IN ({marks(list(busy_chats))})" if busy_chats else ""
    found = await rows(
        "SELECT id FROM (SELECT o.id, o.not_before_ms, "
        "ROW_NUMBER() OVER (PARTITION BY o.chat_id ORDER BY o.not_before_ms, o.id) AS place "
        "FROM outbox o LEFT JOIN chats c ON c.chat_id = o.chat_id "
        "WHERE o.pending = ? AND o.not_before_ms <= ? "
        f"AND c.parked_because IS NULL AND coalesce(c.held_until_ms, 0) <= ? {busy}) q "
        "WHERE place = 1 ORDER BY not_before_ms, id LIMIT ?",
        [True, now, now, *busy_chats, limit],
    )
    ids = [int(row["id"]) for row in found]
    by_id = {row.id: row for row in await Outbox.filter(id__in=ids)} if ids else {}
    return [_of_row(by_id[row_id]) for row_id in ids if row_id in by_id]


def _of_row(row: Outbox) -> Due:
    return Due(
        outbox_id=row.id,
        version=row.version,
        chat_id=row.chat_id,
        kind=cast(Literal["card", "document", "notice"], row.kind),
        card_id=row.card_id,
        payload=row.payload,
        attempts=row.attempts,
        sending=cast("Form | None", row.sending),
        sending_after=row.sending_after,
    )


async def claim(due: Due) -> Due | None:
    """Takes the chat for its delivery, over all replicas, until `release`; gives the row as it is then.

    None when another replica delivers to the chat, or has done so meanwhile: then there is nothing to release.
    """
    if not await turns.take(_TURN, due.chat_id):
        return None
    try:
        again = await _again(due)
    except BaseException:
        await turns.give(_TURN, due.chat_id)
        raise
    if again is None:
        await turns.give(_TURN, due.chat_id)
    return again


async def release(due: Due) -> None:
    """Lets others deliver to the chat."""
    await turns.give(_TURN, due.chat_id)


@reading
async def _again(due: Due) -> Due | None:
    if dialect() is Dialect.SQLITE:
        return due  # there is one process, and it has just looked
    row = await Outbox.get_or_none(id=due.outbox_id, chat_id=due.chat_id, pending=True)
    return _of_row(row) if row and row.not_before_ms <= clock.now_ms() else None


async def sending(due: Due, form: Form, after: int | None = None) -> None:
    """A new message is about to be sent. Until its end is noted down, the row says that it may be in the chat.

    `after`: the newest number that is known of where several chats share them.

    Raises StorageUnavailable where the database was away since `claim`: another replica may deliver to the chat by now.
    """
    await _sending(due, form, after)
    if not await turns.holds(_TURN, due.chat_id):
        raise StorageUnavailable("the database was away, and the chat may be another replica's")


@writing_beside
async def _sending(due: Due, form: Form, after: int | None) -> None:
    await Outbox.filter(id=due.outbox_id).update(sending=form, sending_after=after)


@until_written
@writing_beside
async def not_sent(due: Due) -> None:
    """What was about to be sent was refused: it is not in the chat."""
    await Outbox.filter(id=due.outbox_id).update(sending=None)


@reading
async def is_unheard_of(due: Due) -> bool:
    """Whether the row still says that what was about to be sent may be in the chat."""
    return await Outbox.filter(id=due.outbox_id, sending__isnull=False).exists()


@reading
async def last_said(chat_id: int) -> int | None:
    """The number of the last message that was delivered to the chat."""
    row = await Chat.get_or_none(chat_id=chat_id)
    return row.last_said if row else None


@reading
async def newest_said(above: int) -> int:
    """The highest number of a message that was delivered to a chat whose id is above this one."""
    found = await rows("SELECT max(last_said) AS newest FROM chats WHERE chat_id > ?", [above])
    return int(found[0]["newest"] or 0)


@until_written
@writing_beside
async def said(due: Due, message_id: int) -> None:
    """A message of the row is in the chat, with more of it to come."""
    await Outbox.filter(id=due.outbox_id).update(sending=None)
    await _note_said(due.chat_id, message_id)


async def _note_said(chat_id: int, message_id: int) -> None:
    await execute(
        "INSERT INTO chats (chat_id, held_until_ms, last_said) VALUES (?, 0, ?) "
        "ON CONFLICT (chat_id) DO UPDATE SET last_said = excluded.last_said "
        "WHERE chats.last_said IS NULL OR chats.last_said < excluded.last_said",
        [chat_id, message_id],
    )


async def wait(timeout_s: float) -> None:
    """Returns when woken or when the next row falls due, at the latest after `timeout_s` seconds.

    Rows that were due when `due` last looked do not end it: finishing what is under way wakes.
    """
    until_ms = await _next_due(_looked_at_ms)
    pause_s = timeout_s if until_ms is None else min(timeout_s, (until_ms - clock.now_ms()) / 1000)
    await signals.wait(signals.outbox, max(pause_s, 0))


@reading
async def _next_due(after_ms: int) -> int | None:
    found = await rows(
        "SELECT min(CASE WHEN coalesce(c.held_until_ms, 0) > o.not_before_ms THEN c.held_until_ms "
        "ELSE o.not_before_ms END) AS until FROM outbox o LEFT JOIN chats c ON c.chat_id = o.chat_id "
        "WHERE o.pending = ? AND c.parked_because IS NULL "
        "AND (o.not_before_ms > ? OR coalesce(c.held_until_ms, 0) > ?)",
        [True, after_ms, after_ms],
    )
    return cast("int | None", found[0]["until"])


@reading
async def card(card_id: int) -> CardView | None:
    """A card as it is now, with everything on it."""
    row = await Card.get_or_none(id=card_id)
    if row is None:
        return None
    archive = await Archive.get(id=row.archive_id)
    chosen = choices.parse(archive.settings)
    on_card = await CardLink.filter(card_id=card_id).order_by("id").select_related("capture")
    places = {
        place.link_id: OnCard(
            capture_id=place.capture_id,
            repost=place.repost,
            pinned=place.pinned,
            waiting_before=await waiting_before(place.capture_id)
            if place.capture_id and place.capture and place.capture.state == "queued"
            else 0,
        )
        for place in on_card
    }
    links = await views.links([place.link_id for place in on_card], places)
    if len(links) == 1 and row.message_id is not None:
        links = [await suggesting.suggest(links[0])]
    sent_documents = tuple(place.link_id for place in on_card if place.document_sent)
    return CardView(
        card_id=row.id,
        chat_id=row.chat_id,
        chat_kind=cast(Literal["private", "group", "supergroup", "channel"], archive.chat_kind),
        thread_id=row.thread_id,
        reply_to_message_id=row.reply_to,
        language=row.language,
        created_at=row.created_at,
        links=tuple(links),
        notes=tuple(IntakeNote(code, value) for code, value in row.notes),
        sent_message_id=row.sent_message_id,
        sent_form=cast("Literal['text', 'photo'] | None", row.sent_form),
        sent_digest=row.sent_digest,
        album_sent=row.album_sent,
        pictures=await _pictures(card_id) if row.album_sent else (),
        documents_sent=bool(sent_documents),
        documents_sent_of=sent_documents,
        pages_below=archive.chat_kind == "private" or (chosen.offline_in_groups and archive.chat_kind != "channel"),
        is_quiet=chosen.quiet and row.message_id is not None,
    )


async def _pictures(card_id: int) -> tuple[AlbumPicture, ...]:
    found = await Piece.filter(card_id=card_id, shown__isnull=False).order_by("message_id")
    return tuple(AlbumPicture(piece.message_id, piece.link_id, piece.shown) for piece in found if piece.shown)


@writing_beside
async def _finish(due: Due) -> None:
    """Finishes the version that was delivered; what has come since stays due. Notices and documents are over."""
    if due.kind == "card":
        await execute(
            "UPDATE outbox SET pending = (version > ?), attempts = 0, last_error = NULL, sending = NULL WHERE id = ?",
            [due.version, due.outbox_id],
        )
    else:
        await execute("DELETE FROM outbox WHERE id = ?", [due.outbox_id])


@until_written
async def sent(due: Due, message_id: int, form: Literal["text", "photo"], digest: str, more: bool = False) -> None:
    """Notes what the card now is in the chat and, unless there is `more` of it to send, finishes that version."""
    await _sent(due, message_id, form, digest, more)
    wake()


@writing_beside
async def _sent(due: Due, message_id: int, form: str, digest: str, more: bool) -> None:
    await Card.filter(id=due.card_id).update(
        sent_message_id=message_id, sent_form=form, sent_digest=digest, sent_ms=clock.now_ms()
    )
    await _note_said(due.chat_id, message_id)
    if more:
        await Outbox.filter(id=due.outbox_id).update(sending=None)
    else:
        await _finish(due)


@until_written
async def done(due: Due, message_id: int | None = None, link_id: int | None = None) -> None:
    """Finishes a version of which nothing (more) is to be sent; `message_id` is the last that was.

    `link_id`: that message is a file of this link.
    """
    await _done(due, message_id, link_id)
    wake()


@writing_beside
async def _done(due: Due, message_id: int | None, link_id: int | None) -> None:
    if message_id is not None:
        await _note_said(due.chat_id, message_id)
        if link_id is not None:
            await _note_piece(due.chat_id, None, message_id, link_id)
    await _finish(due)


async def retry(due: Due, after_s: float, error: str, *, counted: bool = True) -> None:
    """Leaves it for another try after some seconds. What is not `counted` can be tried for ever."""
    await _retry(due, clock.now_ms() + round(after_s * 1000), error, int(counted))
    wake()


@writing_beside
async def _retry(due: Due, not_before_ms: int, error: str, attempts: int) -> None:
    await execute(
        "UPDATE outbox SET attempts = attempts + ?, not_before_ms = ?, last_error = ? WHERE id = ?",
        [attempts, not_before_ms, error, due.outbox_id],
    )


async def hasten(outbox_id: int) -> None:
    """Makes a row due that was left for later: what it waited for is there."""
    await _hasten(outbox_id)
    wake()


@writing_beside
async def _hasten(outbox_id: int) -> None:
    await Outbox.filter(id=outbox_id).update(not_before_ms=clock.now_ms())


async def drop(due: Due, error: str) -> None:
    """Gives up what can never be delivered; a card comes back when there is something new to say."""
    await _drop(due, error)
    wake()


@writing_beside
async def _drop(due: Due, error: str) -> None:
    await _finish(due)
    await Outbox.filter(id=due.outbox_id).update(last_error=error)


@until_written
@writing_beside
async def album_sent(card_id: int, pictures: Iterable[AlbumPicture] = ()) -> None:
    """The card's album is in the chat, in these messages as far as known."""
    await Card.filter(id=card_id).update(album_sent=True)
    card = await Card.get_or_none(id=card_id)
    if card is None:
        return
    for picture in pictures:
        await _note_piece(card.chat_id, card_id, picture.message_id, picture.link_id, picture.shown)


@until_written
@writing_beside
async def picture_changed(card_id: int, message_id: int, shown: str | None) -> None:
    """A picture of the card's album shows something else; None when it can be changed no more."""
    await Piece.filter(card_id=card_id, message_id=message_id).update(shown=shown)


@until_written
@writing_beside
async def documents_sent(card_id: int, link_ids: Collection[int], message_id: int | None = None) -> None:
    """The offline pages of these links on the card are in the chat, a single one as this message if that is known."""
    await CardLink.filter(card_id=card_id, link_id__in=list(link_ids)).update(document_sent=True)
    if message_id is None or not link_ids:
        return
    if card := await Card.get_or_none(id=card_id):
        await _note_piece(card.chat_id, card_id, message_id, next(iter(link_ids)))


async def _note_piece(
    chat_id: int, card_id: int | None, message_id: int, link_id: int, shown: str | None = None
) -> None:
    """Notes which link a message is about; one that was removed meanwhile needs none."""
    if await Link.filter(id=link_id).exists():
        of = {"link_id": link_id, "card_id": card_id, "shown": shown}
        await Piece.update_or_create(chat_id=chat_id, message_id=message_id, defaults=of)


async def notice(chat_id: int, payload: dict[str, object]) -> int:
    """Puts an answer to a command in; gives the id of its row.

    Payload: `text`, and perhaps `reply_markup`, `reply_to`, `thread_id`.
    """
    row_id = await _add(chat_id, "notice", payload)
    wake()
    return row_id


async def document(chat_id: int, payload: dict[str, object]) -> int:
    """Puts a file in; gives the id of its row.

    Payload: `link_id`, `kind` of the artifact, and perhaps `reply_to`, `thread_id`.
    """
    row_id = await _add(chat_id, "document", payload)
    wake()
    return row_id


@writing_beside
async def _add(chat_id: int, kind: str, payload: dict[str, object]) -> int:
    row = await Outbox.create(chat_id=chat_id, kind=kind, payload=payload, not_before_ms=clock.now_ms())
    return int(row.id)


@writing_beside
async def park(chat_id: int, reason: str) -> None:
    """Delivers nothing to a chat that has shut us out, until it speaks again."""
    await Chat.update_or_create(chat_id=chat_id, defaults={"parked_because": reason})


async def unpark(chat_id: int) -> None:
    """The chat has spoken: what waits for it is due again, what has waited too long included."""
    if await _is_parked(chat_id):
        await _unpark(chat_id)
        wake()


@reading
async def _is_parked(chat_id: int) -> bool:
    return await Chat.filter(chat_id=chat_id, parked_because__isnull=False).exists()


@writing_beside
async def _unpark(chat_id: int) -> None:
    await Chat.filter(chat_id=chat_id).update(parked_because=None)
    await Outbox.filter(chat_id=chat_id, pending=True).update(attempts=0)


async def hold(chat_id: int, seconds: float) -> None:
    """Delivers nothing to the chat for so long: Telegram has asked for it."""
    await _hold(chat_id, clock.now_ms() + round(seconds * 1000))
    wake()


@writing_beside
async def _hold(chat_id: int, until_ms: int) -> None:
    await Chat.update_or_create(chat_id=chat_id, defaults={"held_until_ms": until_ms})


@reading
async def file_id(sha256: str, as_kind: Literal["photo", "document"]) -> str | None:
    """Telegram's name for a blob that was uploaded as that, if it still is known."""
    row = await SentFile.get_or_none(sha256=sha256, as_kind=as_kind)
    return row.file_id if row else None


@until_written
@writing_beside
async def remember_file_id(sha256: str, as_kind: Literal["photo", "document"], file_id: str) -> None:
    """Notes Telegram's name for an uploaded blob."""
    await SentFile.update_or_create(sha256=sha256, as_kind=as_kind, defaults={"file_id": file_id})


@writing_beside
async def forget_file_id(sha256: str, as_kind: Literal["photo", "document"]) -> None:
    """Telegram knows the name no longer."""
    await SentFile.filter(sha256=sha256, as_kind=as_kind).delete()
