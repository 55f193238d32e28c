"""What the bot is told by the program that starts it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.webhook import WebhookDoor
from capture.address import AddressRule
from storage.blobs import BlobStore
from storage.giving import Giver
from storage.quotas import DEFAULT, Quota
from storage.records import CaptureView

MakePdf = Callable[[CaptureView], Awaitable[bool]]
"""Makes a capture's PDF and keeps it; whether there is one now."""


TakeCopy = Callable[[Giver, Path, str], Awaitable[str]]
"""Keeps a file, by the name that its giver has for it, as a copy of a link's page; gives
capture.given_copies.Outcome."""


@dataclass(frozen=True)
class BotSettings:
    """How the bot reaches Telegram and whom it serves."""

    token: str
    base_url: str | None
    """Root of the Bot API server, without `/bot`; None is Telegram's own."""
    proxy: str | None
    """`http://…` or `socks5://…`, for the way to the Bot API server only."""
    access: Literal["invited", "open"]
    owner_ids: tuple[int, ...]
    allowed_ids: tuple[int, ...]
    """Ids of people and of chats."""
    default_language: str
    """`en` or `zh`, where neither the chat nor the person has one that we speak."""
    quota: Quota = DEFAULT
    """What each archive may take, unless an owner gave it another quota."""


@dataclass(frozen=True)
class BotServices:
    """What the bot uses of the rest of the program, besides the verbs of storage."""

    address_rule: AddressRule
    blobs: BlobStore
    scratch_dir: Path
    """An existing folder for files on their way to Telegram."""
    webhook: WebhookDoor | None = None
    """Where updates are delivered; None: they are fetched by long polling."""
    make_pdf: MakePdf | None = None
    """None: PDFs are not made when somebody asks for one."""
    take_copy: TakeCopy | None = None
    """None: readers' own copies are not taken."""
    transfers_dir: Path | None = None
    """A folder for imports and exports under way, which a restart leaves as it is; None: below `scratch_dir`."""

    @property
    def transfers(self) -> Path:
        """Where imports and exports have their files."""
        return self.transfers_dir or self.scratch_dir / "transfers"
