"""What is counted of the chat side, for /metrics."""

from __future__ import annotations

from prometheus_client import Counter
from telegram import Update
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

UPDATES = Counter("hashkeep_updates", "Updates that came, by kind", ["kind"])
DELIVERED = Counter("hashkeep_deliveries", "Cards, notices and files that were delivered", ["kind"])
TROUBLES = Counter("hashkeep_delivery_errors", "Deliveries that Telegram did not take, by why", ["why"])

_KINDS = (
    "message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "inline_query",
    "my_chat_member", "chat_member",
)  # fmt: skip


def note_update(update: Update) -> None:
    """Counts an update."""
    UPDATES.labels(next((kind for kind in _KINDS if getattr(update, kind, None)), "other")).inc()


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
