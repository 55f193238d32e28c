"""What the bot says, as plain data: made by cards and lists, sent by delivery."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks import Press, pack
from storage.records import AlbumPicture, ArtifactView, BlobRef


@dataclass(frozen=True)
class Button:
    """A label with what it does: a press that comes back to us, or an address."""

    label: str
    press: Press | None = None
    url: str | None = None


Keyboard = tuple[tuple[Button, ...], ...]


def in_rows(buttons: Sequence[Button], a_row: int) -> Keyboard:
    """The buttons in their order, so many beside one another."""
    return tuple(tuple(buttons[i : i + a_row]) for i in range(0, len(buttons), a_row))


def markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """The keyboard as Telegram takes it; None when it is empty."""
    rows = [
        [InlineKeyboardButton(b.label, url=b.url, callback_data=pack(b.press) if b.press else None) for b in row]
        for row in keyboard
        if row
    ]
    return InlineKeyboardMarkup(rows) if rows else None


@dataclass(frozen=True)
class Picture:
    """A photo of an album: the link's preview, or the blank picture, and its caption in HTML."""

    link_id: int
    preview: ArtifactView | None
    caption: str

    @property
    def blob(self) -> BlobRef | None:
        """The photo's file; None for the blank picture."""
        return self.preview.blob if self.preview else None

    @property
    def digest(self) -> str:
        """What it shows, in short. The photo's part stands before the colon."""
        photo = self.blob.sha256[:16] if self.blob else "blank"
        return f"{photo}:{hashlib.sha256(self.caption.encode('utf-8', 'replace')).hexdigest()[:32]}"


@dataclass(frozen=True)
class Attachment:
    """A file to send as a document."""

    link_id: int
    artifact: ArtifactView
    filename: str


@dataclass(frozen=True)
class CardShape:
    """A card, rendered: what its message says and shows, and what follows below it."""

    text: str
    """HTML; short enough for a caption when there is a photo."""
    keyboard: Keyboard = ()
    photo: ArtifactView | None = None
    blank_photo: bool = False
    """The message is a photo that must no longer be seen: an empty picture takes its place."""
    album: tuple[Picture, ...] = ()
    changed: tuple[tuple[AlbumPicture, Picture], ...] = ()
    """Pictures of the album that is there, which have something else to show now."""
    attachment: Attachment | None = None

    @property
    def digest(self) -> str:
        """What was said, in short: equal digests, equal messages. The photo's part stands before the colon."""
        said = repr((self.text, [[(b.label, b.press, b.url) for b in row] for row in self.keyboard]))
        return f"{self.photo_digest}:{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()[:32]}"

    @property
    def photo_digest(self) -> str:
        """Names the photo alone, so that an edit of the words does not send it again."""
        return self.photo.blob.sha256[:16] if self.photo else "blank" if self.blank_photo else "none"
