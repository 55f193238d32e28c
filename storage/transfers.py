"""Imports and exports as the database knows them: asked for, under way, ended. What runs can be stopped, goes on after
a restart, and is done once, whatever is pressed how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, cast

from storage import clock
from storage.database import reading, writing_beside, writing_in_chat
from storage.models import Archive, Outbox, Transfer
from storage.records import ChatKind

Kind = Literal["import", "export", "copy"]
"""A `copy` is a reader's own copy of a page, on its way into the archive."""
State = Literal["reading", "asked", "running", "done", "stopped", "failed"]
UNDER_WAY = ("reading", "running")
BY_COMMAND = "command"
"""The format of what the command line imports: its own process runs it, no bot goes on with it."""

MAX_UNDER_WAY = 3
"""Of one archive at once; one more is refused with a sentence."""


@dataclass(frozen=True)
class TransferView:
    """A transfer as it is now."""

    transfer_id: int
    archive_id: int
    of_chat_id: int
    """The chat whose archive it is."""
    kind: Kind
    format: str
    state: State
    """`reading`: the file is looked through; `asked`: its summary waits for an answer; then `running` and an end."""
    payload: dict[str, Any]
    done: int
    total: int
    error: str | None
    chat_id: int
    thread_id: int | None
    reply_to: int | None
    message_id: int | None
    person_id: int | None
    language: str


def folder_of(root: Path, transfer_id: int) -> Path:
    """Where the files of a transfer lie."""
    return root / str(transfer_id)


@writing_in_chat
async def archive_for(chat_id: int, kind: ChatKind, title: str, language: str) -> int:
    """The id of the chat's archive, which is made if there is none."""
    archive, _ = await Archive.get_or_create(
        chat_id=chat_id,
        defaults={"chat_kind": kind, "title": title, "language": language, "created_at": clock.now()},
    )
    return int(archive.id)


@writing_in_chat
async def make(
    of_chat_id: int,
    kind: Kind,
    form: str,
    state: State,
    payload: dict[str, Any],
    *,
    chat_id: int,
    thread_id: int | None = None,
    reply_to: int | None = None,
    person_id: int | None = None,
    language: str = "en",
    at_once: int = MAX_UNDER_WAY,
) -> TransferView | None:
    """Notes a transfer of the chat's archive, which must exist; None when as many as `at_once` are under way."""
    archive = await Archive.get(chat_id=of_chat_id)
    busy = Transfer.filter(archive_id=archive.id, state__in=UNDER_WAY).exclude(format=BY_COMMAND)
    same = busy.filter(kind="copy") if kind == "copy" else busy.exclude(kind="copy")
    if form != BY_COMMAND and await same.count() >= at_once:
        return None
    row = await Transfer.create(
        archive_id=archive.id,
        kind=kind,
        format=form,
        state=state,
        payload=payload,
        chat_id=chat_id,
        thread_id=thread_id,
        reply_to=reply_to,
        person_id=person_id,
        language=language,
        made_at=clock.now(),
    )
    return _view(row, of_chat_id)


@reading
async def find(transfer_id: int) -> TransferView | None:
    """A transfer as it is now."""
    row = await Transfer.get_or_none(id=transfer_id).select_related("archive")
    return _view(row, row.archive.chat_id) if row else None


@reading
async def unfinished() -> list[TransferView]:
    """What was under way when the program ended, and what has ended without its people having been told."""
    under_way = Transfer.filter(state__in=UNDER_WAY).exclude(format=BY_COMMAND)
    found = await under_way.order_by("id").select_related("archive")
    ended = await Transfer.filter(state__in=("asked", "done", "stopped", "failed")).order_by("-id").limit(100)
    untold = [row.id for row in ended if row.payload.get("untold")]
    rest = await Transfer.filter(id__in=untold).order_by("id").select_related("archive") if untold else []
    return [_view(row, row.archive.chat_id) for row in (*found, *rest)]


@reading
async def ids() -> set[int]:
    """Every transfer whose files are still wanted: under way, or not told of yet."""
    asked: Any = await Transfer.filter(state="asked").values_list("id", flat=True)
    return {*asked, *(view.transfer_id for view in await unfinished())}


@reading
async def unanswered(older_than: timedelta) -> list[TransferView]:
    """Questions to which nobody said anything for so long."""
    found = Transfer.filter(state="asked", made_at__lt=clock.now() - older_than)
    return [_view(row, row.archive.chat_id) for row in await found.order_by("id").select_related("archive")]


@writing_beside
async def move(transfer_id: int, before: State, after: State, **changes: Any) -> bool:
    """Takes a transfer from one state to another, once; False when it is no longer in the first."""
    fields = {**changes, "ended_at": clock.now()} if after in ("done", "stopped", "failed") else changes
    return bool(await Transfer.filter(id=transfer_id, state=before).update(state=after, **fields))


@writing_beside
async def note(transfer_id: int, **changes: Any) -> None:
    """Changes what a transfer says of itself; `payload` is joined to what is there."""
    payload = changes.pop("payload", None)
    if payload is not None:
        row = await Transfer.get(id=transfer_id)
        changes["payload"] = {**row.payload, **payload}
    await Transfer.filter(id=transfer_id).update(**changes)


@writing_beside
async def hand_over(transfer_id: int, payload: dict[str, Any], done: int) -> bool:
    """An export is written: it has ended, and its files are to be delivered; both or none.

    Of each of `payload["files"]`: its `name`, and its blob by `sha256` and `size_bytes`.
    """
    row = await Transfer.get_or_none(id=transfer_id, state="running")
    if row is None:
        return False
    row.state, row.ended_at, row.payload, row.done = "done", clock.now(), payload, done
    await row.save(update_fields=["state", "ended_at", "payload", "done"])
    for file in payload["files"]:
        where = {"reply_to": row.reply_to, "thread_id": row.thread_id}
        await Outbox.create(
            chat_id=row.chat_id,
            kind="document",
            payload={"transfer_id": transfer_id, **file, **where},
            not_before_ms=clock.now_ms(),
        )
    return True


async def stop(chat_id: int, transfer_id: int) -> bool:
    """Stops a transfer that is told of in the chat; False when there is nothing to stop."""
    return await _stop(chat_id, transfer_id)


@writing_in_chat
async def _stop(chat_id: int, transfer_id: int) -> bool:
    row = await Transfer.get_or_none(id=transfer_id, chat_id=chat_id, state__in=("reading", "asked", "running"))
    if row is None:
        return False
    row.state, row.ended_at, row.payload = "stopped", clock.now(), {**row.payload, "untold": True}
    await row.save(update_fields=["state", "ended_at", "payload"])
    return True


def _view(row: Transfer, of_chat_id: int) -> TransferView:
    return TransferView(
        transfer_id=row.id,
        archive_id=row.archive_id,
        of_chat_id=of_chat_id,
        kind=cast(Kind, row.kind),
        format=row.format,
        state=cast(State, row.state),
        payload=row.payload,
        done=row.done,
        total=row.total,
        error=row.error,
        chat_id=row.chat_id,
        thread_id=row.thread_id,
        reply_to=row.reply_to,
        message_id=row.message_id,
        person_id=row.person_id,
        language=row.language,
    )
