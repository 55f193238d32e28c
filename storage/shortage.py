"""Whether captures wait for space on a disk: this machine's, or those of all who capture in a fleet.

In a fleet each says of itself that it is short of space, beside the heartbeat by which the others know that it lives.
"""

from __future__ import annotations

from storage import room, turns
from storage.database import Dialect, dialect, reading, rows

SILENT_S = 30.0
"""A process that has not said for so long that it lives captures nothing."""

_KEY = "no room at worker "
_TELLER = "word of no room"


async def captures_wait() -> bool:
    """Whether nobody who captures has space for it."""
    return room.is_short() if dialect() is Dialect.SQLITE else await _all_are_short()


async def is_mine_to_tell() -> bool:
    """Whether this process, of all chat sides, is the one that tells chats of it."""
    return await turns.holds(_TELLER, 0) or await turns.take(_TELLER, 0)


@reading
async def say(worker_id: int, *, short: bool) -> None:
    """Says it of this process, and takes back what those that are gone have said."""
    await rows(
        f"DELETE FROM settings s WHERE s.key LIKE '{_KEY}%' AND NOT EXISTS "  # noqa: S608 - our own word
        f"(SELECT 1 FROM procrastinate_workers w WHERE s.key = '{_KEY}' || w.id) RETURNING key"
    )
    key = f"{_KEY}{worker_id}"
    if short:
        await rows("INSERT INTO settings (key, value) VALUES (?, '') ON CONFLICT DO NOTHING RETURNING key", [key])
    else:
        await rows("DELETE FROM settings WHERE key = ? RETURNING key", [key])


@reading
async def _all_are_short() -> bool:
    found = await rows(
        f"SELECT count(*) AS alive, count(s.key) AS short FROM procrastinate_workers w "  # noqa: S608 - our own word
        f"LEFT JOIN settings s ON s.key = '{_KEY}' || w.id "
        "WHERE w.last_heartbeat > clock_timestamp() - make_interval(secs => ?)",
        [SILENT_S],
    )
    return bool(found[0]["alive"]) and found[0]["alive"] == found[0]["short"]
