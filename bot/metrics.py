"""What is counted of the chat side, for /metrics."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Counter
from telegram import Update
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from storage.records import IntakeNote

UPDATES = Counter("hashkeep_updates", "Updates that came, by kind", ["kind"])
DELIVERED = Counter("hashkeep_deliveries", "Cards, notices and files that were delivered", ["kind"])
TURNED_AWAY = Counter("hashkeep_links_refused", "Links of messages that were not kept, by why", ["why"])
TROUBLES = Counter("hashkeep_delivery_errors", "Deliveries that Telegram did not take, by why", ["why"])

_KINDS = (
    "message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "inline_query",
    "my_chat_member", "chat_member",
)  # fmt: skip
_REFUSALS = frozenset({"too_many", "bad_scheme", "too_long", "private_address", "bad_address"})

# From the start on: what first appears with its first event is an increase that no rule sees, and of what is not there
# none sees that it stays away.
for _why in ("too_many", "migrated", "forbidden", "bad_request", "network"):
    TROUBLES.labels(_why)
for _kind in (*_KINDS, "other"):
    UPDATES.labels(_kind)
for _refusal in _REFUSALS:
    TURNED_AWAY.labels(_refusal)


def note_update(update: Update) -> None:
    """Counts an update."""
    UPDATES.labels(next((kind for kind in _KINDS if getattr(update, kind, None)), "other")).inc()


def note_refusals(notes: Iterable[IntakeNote]) -> None:
    """Counts the links that a message's notes say were not kept."""
    for note in notes:
        if note.code in _REFUSALS:
            TURNED_AWAY.labels(note.code).inc()


def note_delivery(kind: str) -> None:
    """Counts something that was delivered."""
    DELIVERED.labels(kind).inc()


def note_trouble(error: TelegramError) -> None:
    """Counts something that was not."""
    match error:
        case RetryAfter():
            why = "too_many"
        case ChatMigrated():
            why = "migrated"
        case Forbidden():
            why = "forbidden"
        case BadRequest():
            why = "bad_request"
        case _:
            why = "network"
    TROUBLES.labels(why).inc()
