"""What an error of the Bot API means for what was to be sent."""

from __future__ import annotations

import re
from enum import Enum, auto

from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

_TOKEN = re.compile(r"\d{3,20}(?::|%3A)[A-Za-z0-9_-]{20,}", re.IGNORECASE)


def reason(error: Exception) -> str:
    """Why something was not delivered, as it may be kept: a server that repeats the request repeats the token in it."""
    said = error.message if isinstance(error, TelegramError) else repr(error)
    return _TOKEN.sub("…", said)[:500]


_NEVER_LEFT = ("httpx.ConnectError", "httpx.ConnectTimeout", "Pool timeout")
"""How PTB's errors begin when there was no connection to send anything on."""


class Trouble(Enum):
    """What to do about it."""

    WAIT = auto()
    """429: the whole chat waits as long as it was told."""
    MOVED = auto()
    """The group became a supergroup with another id."""
    SHUT = auto()
    """Blocked, kicked, gone, or without the right to write: parked until the chat speaks again."""
    NO_REPLY = auto()
    """What it replies to is gone: sent without."""
    NO_THREAD = auto()
    """The topic is gone: sent without."""
    CLOSED_THREAD = auto()
    """The topic is closed: tried again much later."""
    NO_MESSAGE = auto()
    """What was to be edited is gone or not ours: sent anew."""
    SAME = auto()
    """The edit changes nothing: that is success."""
    STALE_FILE = auto()
    """Telegram no longer knows the file_id: uploaded again."""
    BAD_PHOTO = auto()
    """Telegram does not take the picture as a photo."""
    TOO_LARGE = auto()
    """More than the server takes in one request."""
    PASSING = auto()
    """5xx, timeouts, dropped connections: tried again, later and later."""
    HOPELESS = auto()
    """A request that can never succeed."""


# Parts of the server's descriptions, in lower case: PTB changes the case of their first letter.
_DESCRIPTIONS: tuple[tuple[str, Trouble], ...] = (
    ("message is not modified", Trouble.SAME),
    ("message to be replied not found", Trouble.NO_REPLY),
    ("replied message not found", Trouble.NO_REPLY),
    ("message thread not found", Trouble.NO_THREAD),
    ("topic_deleted", Trouble.NO_THREAD),
    ("topic_closed", Trouble.CLOSED_THREAD),
    ("message to edit not found", Trouble.NO_MESSAGE),
    ("message can't be edited", Trouble.NO_MESSAGE),
    ("message_id_invalid", Trouble.NO_MESSAGE),
    ("there is no text in the message to edit", Trouble.NO_MESSAGE),
    ("there is no caption in the message to edit", Trouble.NO_MESSAGE),
    ("wrong file identifier", Trouble.STALE_FILE),
    ("wrong remote file identifier", Trouble.STALE_FILE),
    ("wrong file_id", Trouble.STALE_FILE),
    ("invalid file_id", Trouble.STALE_FILE),
    ("file reference", Trouble.STALE_FILE),
    ("can't use file of type", Trouble.STALE_FILE),
    ("wrong type of file", Trouble.STALE_FILE),
    ("file is temporarily unavailable", Trouble.STALE_FILE),
    ("photo_invalid", Trouble.BAD_PHOTO),
    ("photo_ext_invalid", Trouble.BAD_PHOTO),
    ("photo_save_file_invalid", Trouble.BAD_PHOTO),
    ("photo_crop_size_small", Trouble.BAD_PHOTO),
    ("image_process_failed", Trouble.BAD_PHOTO),
    ("not enough rights to send photos", Trouble.BAD_PHOTO),
    ("chat_send_photos_forbidden", Trouble.BAD_PHOTO),
    ("file is too big", Trouble.TOO_LARGE),
    ("too large", Trouble.TOO_LARGE),
    ("not enough rights", Trouble.SHUT),
    ("have no rights", Trouble.SHUT),
    ("need administrator rights", Trouble.SHUT),
    ("chat_write_forbidden", Trouble.SHUT),
    ("chat_restricted", Trouble.SHUT),
    ("user_is_blocked", Trouble.SHUT),
    ("user is deactivated", Trouble.SHUT),
    ("chat not found", Trouble.SHUT),
    ("group chat was deactivated", Trouble.SHUT),
    ("peer_id_invalid", Trouble.SHUT),
    ("channel_private", Trouble.SHUT),
)


def trouble(error: TelegramError) -> Trouble:
    """Reads an error. By class first, and with care: BadRequest and TimedOut are NetworkErrors for PTB."""
    if isinstance(error, RetryAfter):
        return Trouble.WAIT
    if isinstance(error, ChatMigrated):
        return Trouble.MOVED
    if isinstance(error, Forbidden):
        return Trouble.SHUT
    description = error.message.lower()
    if isinstance(error, BadRequest):
        return next((t for part, t in _DESCRIPTIONS if part in description), Trouble.HOPELESS)
    if "(413)" in description or "too large" in description:
        return Trouble.TOO_LARGE
    # InvalidToken as well: 401 and 404 are also what a proxy says while the server is away.
    return Trouble.PASSING


def may_have_arrived(error: TelegramError) -> bool:
    """Whether a message may be in the chat although sending it has failed: its way broke off, or its answer's did."""
    return trouble(error) is Trouble.PASSING and not error.message.startswith(_NEVER_LEFT)
