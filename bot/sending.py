"""Telegram's methods as delivery needs them: files uploaded once, replies and topics that may be gone."""

from __future__ import annotations

import asyncio
import io
import logging
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from PIL import Image
from telegram import Bot, InlineKeyboardMarkup, InputFile, InputMediaPhoto, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.settings import BotServices
from bot.troubles import Trouble, trouble
from storage import outbox
from storage.blobs import BlobDamaged
from storage.records import BlobRef

log = logging.getLogger(__name__)

UPLOAD_TIMEOUTS: dict[str, Any] = {"read_timeout": 180.0, "write_timeout": 90.0}
"""Telegram answers an upload only when it has taken the whole file in; the write limit is for each piece of it."""

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
FileKind = Literal["photo", "document"]
T = TypeVar("T")
Source = str | InputFile


@dataclass(frozen=True)
class Place:
    """Where a message goes."""

    chat_id: int
    thread_id: int | None = None
    reply_to: int | None = None

    def keywords(self) -> dict[str, Any]:
        """The place, and the manner of all our messages: silent, in HTML."""
        reply = ReplyParameters(self.reply_to, allow_sending_without_reply=True) if self.reply_to else None
        return {
            "chat_id": self.chat_id,
            "message_thread_id": self.thread_id,
            "reply_parameters": reply,
            "disable_notification": True,
        }


@cache
def blank_picture() -> bytes:
    """A plain grey strip: it takes the place of a picture that must no longer be seen."""
    file = io.BytesIO()
    Image.new("RGB", (640, 64), (142, 142, 147)).save(file, "PNG")
    return file.getvalue()


class Sender:
    """Sends and edits; raises TelegramError for what its caller has to decide about."""

    def __init__(
        self, bot: Bot, services: BotServices, note: Callable[[int, int], None] = lambda _chat, _message: None
    ) -> None:
        """`note` hears of every message that was sent."""
        self._bot = bot
        self._note = note
        self._blobs = services.blobs
        self._scratch = services.scratch_dir

    async def text(self, place: Place, text: str, markup: InlineKeyboardMarkup | None) -> Message:
        """A message of words."""

        async def send(at: Place) -> Message:
            return await self._bot.send_message(
                text=text,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
                link_preview_options=NO_PREVIEW,
                **at.keywords(),
            )

        return await self._somewhere(place, send)

    async def photo(
        self, place: Place, blob: BlobRef | None, caption: str, markup: InlineKeyboardMarkup | None
    ) -> Message:
        """A photo with its caption; None is the blank picture."""

        async def send_file(source: Source) -> Message:
            async def send(at: Place) -> Message:
                return await self._bot.send_photo(
                    photo=source,
                    caption=caption,
                    parse_mode=ParseMode.HTML,
                    reply_markup=markup,
                    **at.keywords(),
                    **UPLOAD_TIMEOUTS,
                )

            return await self._somewhere(place, send)

        return await self._with_file(blob, "photo", "preview.jpg", send_file)

    async def document(self, place: Place, blob: BlobRef, filename: str) -> Message:
        """A file under a name for people."""

        async def send_file(source: Source) -> Message:
            async def send(at: Place) -> Message:
                return await self._bot.send_document(
                    document=source,
                    disable_content_type_detection=True,
                    **at.keywords(),
                    **UPLOAD_TIMEOUTS,
                )

            return await self._somewhere(place, send)

        return await self._with_file(blob, "document", filename, send_file)

    async def file(self, place: Place, path: Path, filename: str) -> Message:
        """A file that is kept nowhere else, streamed from the disk."""

        async def send(at: Place) -> Message:
            with path.open("rb") as file:
                return await self._bot.send_document(
                    document=InputFile(file, filename=filename, attach=True, read_file_handle=False),
                    disable_content_type_detection=True,
                    **at.keywords(),
                    **UPLOAD_TIMEOUTS,
                )

        return await self._somewhere(place, send)

    async def album(self, place: Place, pictures: Sequence[tuple[BlobRef, str]]) -> tuple[Message, ...]:
        """2 to 10 photos as one album."""
        known = [await outbox.file_id(blob.sha256, "photo") for blob, _ in pictures]
        try:
            sent = await self._album(place, pictures, known)
        except TelegramError as error:
            if trouble(error) is not Trouble.STALE_FILE or not any(known):
                raise
            for blob, _ in pictures:
                await outbox.forget_file_id(blob.sha256, "photo")
            sent = await self._album(place, pictures, [None] * len(pictures))
        for (blob, _), message in zip(pictures, sent, strict=False):
            if message.photo:
                await outbox.remember_file_id(blob.sha256, "photo", message.photo[-1].file_id)
        return sent

    async def _album(
        self, place: Place, pictures: Sequence[tuple[BlobRef, str]], known: Sequence[str | None]
    ) -> tuple[Message, ...]:
        async with AsyncExitStack() as files:
            media = []
            for (blob, caption), file_id in zip(pictures, known, strict=True):
                source: Source = file_id or ""
                if not file_id:
                    source = await files.enter_async_context(self._opened(blob, "preview.jpg"))
                media.append(InputMediaPhoto(source, caption=caption, parse_mode=ParseMode.HTML))

            async def send(at: Place) -> tuple[Message, ...]:
                return await self._bot.send_media_group(media=media, **at.keywords(), **UPLOAD_TIMEOUTS)

            return await self._somewhere(place, send)

    async def edit_text(self, chat_id: int, message_id: int, text: str, markup: InlineKeyboardMarkup | None) -> None:
        """Other words for a message of words."""
        await self._edited(
            self._bot.edit_message_text(
                text,
                chat_id=chat_id,
                message_id=message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
                link_preview_options=NO_PREVIEW,
            )
        )

    async def edit_caption(
        self, chat_id: int, message_id: int, caption: str, markup: InlineKeyboardMarkup | None
    ) -> None:
        """Other words below the same photo."""
        await self._edited(
            self._bot.edit_message_caption(
                chat_id=chat_id,
                message_id=message_id,
                caption=caption,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
            )
        )

    async def edit_photo(
        self,
        chat_id: int,
        message_id: int,
        blob: BlobRef | None,
        caption: str,
        markup: InlineKeyboardMarkup | None,
    ) -> None:
        """Another photo and other words; turns a message of words into a photo as well."""

        async def edit(source: Source) -> Message | bool:
            return await self._bot.edit_message_media(
                InputMediaPhoto(source, caption=caption, parse_mode=ParseMode.HTML),
                chat_id=chat_id,
                message_id=message_id,
                reply_markup=markup,
                **UPLOAD_TIMEOUTS,
            )

        await self._edited(self._with_file(blob, "photo", "preview.jpg", edit))

    async def _edited(self, edit: Awaitable[object]) -> None:
        try:
            await edit
        except TelegramError as error:
            if trouble(error) is not Trouble.SAME:
                raise

    async def _somewhere(self, place: Place, send: Callable[[Place], Awaitable[T]]) -> T:
        """Sends; without the reply or the topic when Telegram no longer finds them."""
        try:
            return self._noted(await send(place))
        except TelegramError as error:
            match trouble(error):
                case Trouble.NO_REPLY if place.reply_to:
                    place = replace(place, reply_to=None)
                case Trouble.NO_THREAD if place.thread_id:
                    place = replace(place, thread_id=None, reply_to=None)
                case _:
                    raise
        return await self._somewhere(place, send)

    def _noted(self, sent: T) -> T:
        for message in sent if isinstance(sent, tuple) else (sent,):
            if isinstance(message, Message):
                self._note(message.chat_id, message.message_id)
        return sent

    async def _with_file(
        self, blob: BlobRef | None, kind: FileKind, filename: str, send: Callable[[Source], Awaitable[T]]
    ) -> T:
        """Sends a file by the id that Telegram gave it, or uploads it and remembers the id."""
        if blob is None:
            return await send(InputFile(blank_picture(), filename="blank.png", attach=True))
        file_id = await outbox.file_id(blob.sha256, kind)
        if file_id:
            try:
                return await send(file_id)
            except TelegramError as error:
                if trouble(error) is not Trouble.STALE_FILE:
                    raise
                log.info("Telegram no longer knows a file; it is uploaded again")
                await outbox.forget_file_id(blob.sha256, kind)
        async with self._opened(blob, filename) as source:
            result = await send(source)
        if isinstance(result, Message):
            await _remember(blob, kind, result)
        return result

    @asynccontextmanager
    async def _opened(self, blob: BlobRef, filename: str) -> AsyncIterator[InputFile]:
        """The file, checked on its way out of the store, streamed from scratch and not held in memory."""
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="upload-", dir=self._scratch))
        path = folder / "file"
        try:
            try:
                await self._blobs.copy_to(blob.sha256, path)
            except FileNotFoundError as error:
                raise BlobDamaged(f"blob {blob.sha256} is missing") from error
            with path.open("rb") as file:
                yield InputFile(file, filename=filename, attach=True, read_file_handle=False)
        finally:
            await asyncio.to_thread(_remove, folder)


async def _remember(blob: BlobRef, kind: FileKind, message: Message) -> None:
    if kind == "photo" and message.photo:
        await outbox.remember_file_id(blob.sha256, kind, message.photo[-1].file_id)
    elif kind == "document" and message.document:
        await outbox.remember_file_id(blob.sha256, kind, message.document.file_id)


def _remove(folder: Path) -> None:
    (folder / "file").unlink(missing_ok=True)
    folder.rmdir()
