"""The outbox's other end: sends what is due, per chat in order, chats side by side, and survives what Telegram does."""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal

from telegram import Bot, InlineKeyboardMarkup, Message, Update
from telegram.error import ChatMigrated, RetryAfter, TelegramError

from bot import cards, lists, metrics
from bot.card_buttons import attachment_of
from bot.card_lines import Setting
from bot.lost import OWN_NUMBERS, HeardOf, Lost, Numbers
from bot.markup import inert
from bot.pdfs import Pdfs
from bot.ratelimit import ChatRateLimiter, seconds
from bot.sending import Place, Sender
from bot.settings import BotServices
from bot.shapes import Attachment, CardShape, Picture, markup
from bot.troubles import Trouble, may_have_arrived, reason, trouble
from bot.verdicts import size_text
from bot.words import Words, words
from capture.log_numbers import concern
from storage import archive, outbox
from storage.blobs import BlobDamaged, BlobsAway
from storage.records import AlbumPicture, BlobRef, CardView, Due, Form

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Chats that are served side by side."""

ELSEWHERE_PAUSE_S = 0.5
"""How long a chat that another replica delivers to is left to it."""

IDLE_S = 15.0
"""How long nothing is looked for by itself: what another process that died has left."""

FIRST_PAUSE_S = 1.0
STORAGE_PAUSE_S = 5.0
"""How long nothing is tried while the database cannot be read or written."""

AWAY_PAUSE_S = 5.0
"""How long something waits for its next try while its files cannot be read."""

LONGEST_PAUSE_S = 600.0
CLOSED_TOPIC_PAUSE_S = 3600.0
MOST_ATTEMPTS_OF_OURS = 20
"""After so many failures that are not Telegram's (a mistake of ours) a row is given up."""

Shown = Literal["text", "photo"]
"""What a card is in the chat."""

MAX_UPLOAD_BYTES = 50_000_000
_BAD_ITEM = re.compile(r"message #(\d+)")


class Delivery:
    """Runs until cancelled. What a cancelled delivery had not finished is due again at the next start."""

    def __init__(self, bot: Bot, services: BotServices, limiter: ChatRateLimiter) -> None:
        self._bot = bot
        self._limiter = limiter
        self._numbers = Numbers()
        self._sender = Sender(bot, services, self._numbers.note)
        self._lost = Lost(bot, self._numbers)
        self._pdfs = Pdfs(services.make_pdf)
        self._busy: set[int] = set()
        self._elsewhere: set[int] = set()
        """Chats that another replica delivers to just now."""
        self._released = asyncio.Event()

    async def run(self) -> None:
        """Takes due rows and delivers them, for ever."""
        try:
            with suppress(OSError):  # it only helps to look
                self._numbers.begin_at(await outbox.newest_said(OWN_NUMBERS))
            await self._deliver_all()
        finally:
            await self._pdfs.close()

    async def hear(self, update: Update, _context: object) -> None:
        """Notes how far the numbers of messages are: a handler for every update, before all others."""
        if update.effective_message:
            self._numbers.note(update.effective_message.chat_id, update.effective_message.message_id)

    async def _deliver_all(self) -> None:
        async with asyncio.TaskGroup() as deliveries:
            while True:
                while len(self._busy) >= AT_ONCE:
                    self._released.clear()
                    await self._released.wait()
                for due in await self._take():
                    self._busy.add(due.chat_id)
                    deliveries.create_task(self._deliver_and_release(due), name=f"delivery-{due.outbox_id}")
                await self._wait()

    async def _take(self) -> list[Due]:
        try:
            return await outbox.due(AT_ONCE - len(self._busy), (*self._busy, *self._elsewhere))
        except OSError as error:
            log.error("the outbox could not be read: %s", error)
            await asyncio.sleep(STORAGE_PAUSE_S)
            return []

    async def _wait(self) -> None:
        try:
            await outbox.wait(IDLE_S)
        except OSError as error:
            log.error("the outbox could not be read: %s", error)
            await asyncio.sleep(STORAGE_PAUSE_S)

    async def _deliver_and_release(self, due: Due) -> None:
        try:
            await self._deliver_in_turn(due)
        except OSError as error:
            # What became of it could not be written down; it is due still, and the chat waits a little for it.
            log.error("delivery %d: %s", due.outbox_id, error)
            await asyncio.sleep(STORAGE_PAUSE_S)
        finally:
            self._busy.discard(due.chat_id)
            self._released.set()
            outbox.wake()  # the chat's next row may have been waiting for this one

    async def _deliver_in_turn(self, due: Due) -> None:
        claimed = await outbox.claim(due)
        if claimed is None:
            self._elsewhere.add(due.chat_id)
            asyncio.get_running_loop().call_later(ELSEWHERE_PAUSE_S, self._look_again, due.chat_id)
            return
        try:
            await self._deliver(claimed)
        finally:
            await asyncio.shield(outbox.release(claimed))

    def _look_again(self, chat_id: int) -> None:
        self._elsewhere.discard(chat_id)
        outbox.wake_here()

    async def _deliver(self, due: Due) -> None:
        try:
            await self._limiter.turn(due.chat_id)
            match due.kind:
                case "card":
                    await self._card(due)
                case "document":
                    await self._document(due)
                case _:
                    await self._notice(due)
            metrics.note_delivery(due.kind)
        except HeardOf:
            log.info("delivery %d: another replica has sent it", due.outbox_id)
        except TelegramError as error:
            metrics.note_trouble(error)
            if not may_have_arrived(error):
                await outbox.not_sent(due)
            await self._in_trouble(due, error)
        except OSError as error:
            # The blobs or the database are away, the disk is full: it passes, however long it takes.
            log.error("delivery %d waits: %s", due.outbox_id, error)
            if isinstance(error, BlobsAway):  # they are read before anything is sent
                await outbox.not_sent(due)
            await outbox.retry(due, AWAY_PAUSE_S, repr(error), counted=False)
        except Exception as error:
            # A mistake of ours: nothing of it may stop the other chats.
            log.exception("delivery %d failed", due.outbox_id)
            if due.attempts >= MOST_ATTEMPTS_OF_OURS:
                await outbox.drop(due, reason(error))
            else:
                await outbox.retry(due, pause_s(due.attempts), reason(error))

    async def _in_trouble(self, due: Due, error: TelegramError) -> None:
        """Decides what becomes of a row that Telegram did not take."""
        log.info("delivery %d to %d: %s", due.outbox_id, due.chat_id, error.message)
        what = trouble(error)
        if isinstance(error, RetryAfter):
            await outbox.hold(due.chat_id, seconds(error))
            await outbox.retry(due, seconds(error), reason(error))
        elif isinstance(error, ChatMigrated):
            await archive.follow_migration(due.chat_id, error.new_chat_id)
        elif what is Trouble.SHUT:
            await outbox.park(due.chat_id, reason(error))
        elif what is Trouble.CLOSED_THREAD:
            await outbox.retry(due, CLOSED_TOPIC_PAUSE_S, reason(error))
        elif what is Trouble.PASSING:
            await outbox.retry(due, pause_s(due.attempts), reason(error))
        else:
            log.error("delivery %d is given up: %s", due.outbox_id, error.message)
            await outbox.drop(due, reason(error))

    async def _about_to_send(self, due: Due, form: Form) -> None:
        await outbox.sending(due, form, self._numbers.newest(due.chat_id))

    def _setting(self, texts: Words) -> Setting:
        return Setting(texts, self._bot.username, datetime.now(UTC), self._pdfs.offered)

    async def _card(self, due: Due) -> None:
        card = await outbox.card(due.card_id) if due.card_id is not None else None
        if card is None or not (card.links or card.notes) or (card.is_quiet and not cards.is_trouble(card)):
            await outbox.done(due)
            return
        concern(*card.captures)
        card = await self._with_lost(due, card)
        shape = cards.render(card, self._setting(words(card.language)))
        more = bool(shape.album or shape.attachment or shape.changed)
        place = Place(card.chat_id, card.thread_id, card.reply_to_message_id)
        message_id = card.sent_message_id
        is_new = message_id is None or card.sent_digest != shape.digest
        if is_new:
            message_id, form = await self._say(due, card, place, shape)
            await outbox.sent(due, message_id, form, shape.digest, more=more)
        for shown, picture in shape.changed:
            await self._change(card, shown, picture)
        below = Place(card.chat_id, card.thread_id, message_id)
        last = message_id
        if shape.album:
            await self._about_to_send(due, "album")
            pictures = await self._album(below, shape.album)
            last = max((picture.message_id for picture in pictures), default=last)
            await outbox.album_sent(card.card_id, pictures)
        if shape.attachment:
            await self._about_to_send(due, "document")
            attached = await self._attach(below, shape.attachment)
            last = attached or last
            await outbox.documents_sent(card.card_id, (shape.attachment.link_id,), attached)
        if more or not is_new:
            await outbox.done(due, last)
        log.info("card %d is in %d as message %d", card.card_id, card.chat_id, message_id)

    async def _with_lost(self, due: Due, card: CardView) -> CardView:
        """The card with what a try that broke off has left in the chat, if it is found there."""
        if due.sending is None:
            return card
        keyboard = None
        if card.sent_message_id is None:
            keyboard = markup(cards.render(card, self._setting(words(card.language))).keyboard)
        found = await self._lost.look(due, card.reply_to_message_id, keyboard)
        if found is None:
            return card
        if due.sending in ("text", "photo") and card.sent_message_id is None:
            await outbox.sent(due, found, due.sending, "", more=True)
        elif due.sending == "album":
            await outbox.album_sent(card.card_id)
            await outbox.said(due, found)
        elif due.sending == "document":
            waiting = [link.link_id for link in card.links if link.link_id not in card.documents_sent_of]
            await outbox.documents_sent(card.card_id, waiting[:1], found)
            await outbox.said(due, found)
        return await outbox.card(card.card_id) or card

    async def _say(self, due: Due, card: CardView, place: Place, shape: CardShape) -> tuple[int, Shown]:
        """Sends the card's message, or edits it; a picture that Telegram refuses is left out."""
        try:
            return await self._say_with_picture(due, card, place, shape)
        except TelegramError as error:
            if trouble(error) not in (Trouble.BAD_PHOTO, Trouble.TOO_LARGE) or shape.photo is None:
                raise
            log.warning("card %d: its picture was refused (%s)", card.card_id, error.message)
        except BlobDamaged as error:
            log.error("card %d: its picture is damaged (%s)", card.card_id, error)
        keyboard = markup(shape.keyboard)
        if card.sent_message_id is None:
            await self._about_to_send(due, "text")
            return (await self._sender.text(place, shape.text, keyboard)).message_id, "text"
        return await self._reword(card, card.sent_message_id, shape, keyboard)

    async def _say_with_picture(self, due: Due, card: CardView, place: Place, shape: CardShape) -> tuple[int, Shown]:
        keyboard = markup(shape.keyboard)
        if card.sent_message_id is not None:
            try:
                return await self._edit(card, card.sent_message_id, shape, keyboard)
            except TelegramError as error:
                if trouble(error) is not Trouble.NO_MESSAGE:
                    raise
        await self._about_to_send(due, "photo" if shape.photo else "text")
        if shape.photo:
            message = await self._sender.photo(place, shape.photo.blob, shape.text, keyboard)
            return message.message_id, "photo"
        return (await self._sender.text(place, shape.text, keyboard)).message_id, "text"

    async def _edit(
        self, card: CardView, message_id: int, shape: CardShape, keyboard: InlineKeyboardMarkup | None
    ) -> tuple[int, Shown]:
        shown = (card.sent_digest or "").partition(":")[0]
        if shape.photo and (card.sent_form == "text" or shown != shape.photo_digest):
            await self._sender.edit_photo(card.chat_id, message_id, shape.photo.blob, shape.text, keyboard)
            return message_id, "photo"
        if shape.blank_photo and shown != shape.photo_digest:
            await self._sender.edit_photo(card.chat_id, message_id, None, shape.text, keyboard)
            return message_id, "photo"
        return await self._reword(card, message_id, shape, keyboard)

    async def _reword(
        self, card: CardView, message_id: int, shape: CardShape, keyboard: InlineKeyboardMarkup | None
    ) -> tuple[int, Shown]:
        if card.sent_form == "photo":
            await self._sender.edit_caption(card.chat_id, message_id, shape.text, keyboard)
            return message_id, "photo"
        await self._sender.edit_text(card.chat_id, message_id, shape.text, keyboard)
        return message_id, "text"

    async def _album(self, place: Place, album: tuple[Picture, ...]) -> list[AlbumPicture]:
        """The pictures below a card of several links; one that Telegram refuses is left out, the others are sent.

        Gives those that are in the chat.
        """
        pictures = list(album)
        while pictures:
            try:
                if len(pictures) == 1:
                    sent = [await self._sender.photo(place, pictures[0].blob, pictures[0].caption, None)]
                else:
                    previews = [(picture.blob, picture.caption) for picture in pictures]
                    sent = list(await self._sender.album(place, [(blob, said) for blob, said in previews if blob]))
            except BlobDamaged as error:
                log.error("a picture of an album is damaged: %s", error)
                return []
            except TelegramError as error:
                number = _BAD_ITEM.search(error.message)
                refused = trouble(error) is Trouble.BAD_PHOTO or number is not None
                if not refused:
                    raise
                log.warning("a picture of an album was refused: %s", error.message)
                if number is None and len(pictures) > 1:
                    return []
                del pictures[min(int(number[1]), len(pictures)) - 1 if number else 0]
            else:
                return [
                    AlbumPicture(message.message_id, picture.link_id, picture.digest)
                    for message, picture in zip(sent, pictures, strict=False)
                ]
        return []

    async def _change(self, card: CardView, shown: AlbumPicture, picture: Picture) -> None:
        """Lets a picture of the album show something else; one that people have removed is let go."""
        digest: str | None = picture.digest
        try:
            if picture.digest.partition(":")[0] == shown.shown.partition(":")[0]:
                await self._sender.edit_caption(card.chat_id, shown.message_id, picture.caption, None)
            else:
                await self._sender.edit_photo(card.chat_id, shown.message_id, picture.blob, picture.caption, None)
        except BlobDamaged as error:
            log.error("a picture of an album is damaged: %s", error)
        except TelegramError as error:
            what = trouble(error)
            if what not in (Trouble.NO_MESSAGE, Trouble.BAD_PHOTO, Trouble.TOO_LARGE, Trouble.HOPELESS):
                raise
            log.warning("a picture of an album could not be changed: %s", error.message)
            digest = None if what in (Trouble.NO_MESSAGE, Trouble.HOPELESS) else digest
        await outbox.picture_changed(card.card_id, shown.message_id, digest)

    async def _attach(self, place: Place, attachment: Attachment) -> int | None:
        """The offline page below a card. What cannot be sent is left to the card's button, which says why."""
        if attachment.artifact.blob.size_bytes > MAX_UPLOAD_BYTES:
            return None
        try:
            return (await self._sender.document(place, attachment.artifact.blob, attachment.filename)).message_id
        except BlobDamaged as error:
            log.error("an offline page is damaged: %s", error)
        except TelegramError as error:
            if trouble(error) not in (Trouble.TOO_LARGE, Trouble.HOPELESS):
                raise
            log.warning("an offline page was refused: %s", error.message)
        return None

    async def _document(self, due: Due) -> None:
        """One file that somebody asked for."""
        chat_id = _number(due.payload.get("of_chat")) or due.chat_id
        link_id = _number(due.payload.get("link_id"))
        found = await self._lost.look(due, _place(due).reply_to, None) if due.sending else None
        if found is not None:
            await outbox.done(due, found, link_id if chat_id == due.chat_id else None)
            return
        if "transfer_id" in due.payload:
            await self._exported(due)
            return
        version = _number(due.payload.get("capture_id"))
        link = await archive.link(chat_id, link_id, version) if link_id is not None else None
        if link and link.capture:
            concern(link.capture.capture_id)
        texts = words(await archive.language(due.chat_id) or await archive.language(chat_id) or "")
        place = _place(due)
        kind, instead = str(due.payload.get("kind")), ""
        attachment = attachment_of(link, kind) if link else None
        if link and link.capture and link.deleted_by is None and attachment is None and kind == "pdf":
            if await self._pdfs.ask(due, link.capture):
                return
            attachment, instead = None, "answer.no_pdf"
        elif link is None or link.deleted_by is not None or attachment is None:
            attachment, instead = None, "answer.not_found"
        await self._about_to_send(due, "document")
        if attachment is None:
            sent = await self._sender.text(place, lists.plain(texts[instead]).text, None)
        else:
            sent = await self._send_file(place, attachment, texts["answer.too_big"], texts["answer.damaged"])
        is_here = attachment is not None and chat_id == due.chat_id
        await outbox.done(due, sent.message_id, link_id if is_here else None)
        log.info("the %s asked for is answered in %d", kind, due.chat_id)

    async def _exported(self, due: Due) -> None:
        """A part of an export: sent once. Its blob is nobody's then, and swept."""
        part = BlobRef(str(due.payload.get("sha256")), _number(due.payload.get("size_bytes")) or 0)
        await self._about_to_send(due, "document")
        try:
            message = await self._sender.document(_place(due), part, str(due.payload.get("name")))
        except BlobDamaged as error:
            log.error("a part of an export is damaged: %s", error)
        except TelegramError as error:
            if trouble(error) is not Trouble.TOO_LARGE:
                raise
            log.error("a part of an export was too large: %d bytes", part.size_bytes)
        else:
            await outbox.done(due, message.message_id)
            return
        await outbox.done(due)

    async def _send_file(self, place: Place, attachment: Attachment, too_big: str, damaged: str) -> Message:
        blob, name = attachment.artifact.blob, inert(attachment.filename, 200)
        template = too_big
        try:
            if blob.size_bytes <= MAX_UPLOAD_BYTES:
                return await self._sender.document(place, blob, attachment.filename)
        except BlobDamaged as error:
            log.error("a file is damaged: %s", error)
            template = damaged
        except TelegramError as error:
            if trouble(error) is not Trouble.TOO_LARGE:
                raise
        text = lists.plain(template, name=name, size=size_text(blob.size_bytes)).text
        return await self._sender.text(place, text, None)

    async def _notice(self, due: Due) -> None:
        keyboard = due.payload.get("reply_markup")
        rows = InlineKeyboardMarkup.de_json(keyboard, self._bot) if isinstance(keyboard, dict) else None
        place = _place(due)
        message_id = await self._lost.look(due, place.reply_to, rows) if due.sending else None
        if message_id is None:
            await self._about_to_send(due, "text")
            message_id = (await self._sender.text(place, str(due.payload.get("text", "")), rows)).message_id
        await outbox.done(due, message_id)


def pause_s(attempts: int) -> float:
    """Seconds until the next try: 1, 2, 4, … up to ten minutes."""
    return float(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(attempts, 20)))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _place(due: Due) -> Place:
    return Place(due.chat_id, _number(due.payload.get("thread_id")), _number(due.payload.get("reply_to")))
