"""The bot as a whole: the python-telegram-bot Application, its handlers, its life."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from telegram import Update
from telegram.error import InvalidToken, RetryAfter, TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    TypeHandler,
    filters,
)
from telegram.request import HTTPXRequest

from bot import menu
from bot.access import Access, Membership
from bot.asking import Asked, Asking
from bot.buttons import Buttons
from bot.choices import ChoicesHandlers
from bot.commands import Commands
from bot.copies import Copies, CopyAnswer, CopyWithLink
from bot.delivery import Delivery
from bot.desk import Desk
from bot.doors import Doors
from bot.finding import Finding
from bot.gate import Gate
from bot.inline import Inline
from bot.linkwork import LinkWork
from bot.order import ChatOrder
from bot.polling import Polling
from bot.questions import Questions
from bot.ratelimit import ChatRateLimiter, seconds
from bot.room import RoomTeller
from bot.settings import BotServices, BotSettings
from bot.transfer_runner import TransferRunner
from bot.transfers import FileAlone, ImportCaption, Transfers
from bot.upkeep import TagsAlone, Upkeep
from bot.webhook import Webhook

log = logging.getLogger(__name__)

App = Application[Any, Any, Any, Any, Any, Any]
Ready = Callable[[str], Awaitable[None]]

GRACE_S = 3.0
"""How long what is under way may take when the program is stopped."""

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0


class TokenRefused(Exception):
    """The Bot API server does not know the token."""

    def __init__(self) -> None:
        super().__init__("BOT_TOKEN is not known to Telegram. Copy it from @BotFather again.")


async def serve(settings: BotSettings, services: BotServices, ready: Ready, stop: asyncio.Event) -> None:
    """Serves Telegram until `stop` is set; calls `ready` with the bot's user name when it begins.

    Waits for a server that is away. Raises TokenRefused when the token is wrong.
    """
    limiter = ChatRateLimiter()
    application = build(settings, limiter)
    if not await _connected(application, stop):
        return
    try:
        await _serve(application, settings, services, limiter, ready, stop)
    finally:
        with suppress(TelegramError):
            await application.shutdown()


async def _serve(
    application: App,
    settings: BotSettings,
    services: BotServices,
    limiter: ChatRateLimiter,
    ready: Ready,
    stop: asyncio.Event,
) -> None:
    bot = application.bot
    desk = Desk(bot, settings, services, Access(settings), Membership(bot))
    runner = TransferRunner(desk)
    add_handlers(application, desk, runner)
    updates = Webhook(application, services.webhook) if services.webhook else Polling(application)
    application.add_error_handler(updates.on_error)
    delivery = Delivery(bot, services, limiter)
    application.add_handler(TypeHandler(Update, delivery.hear), group=-2)
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(updates.run(), name="updates"),
            tasks.create_task(delivery.run(), name="delivery"),
            tasks.create_task(RoomTeller(desk).run(), name="room"),
            tasks.create_task(runner.watch(), name="transfers"),
        ]
        await menu.announce(desk)
        await runner.resume()
        await ready(bot.username)
        await stop.wait()
        # First no new updates, then no new messages; what is half done is due again at the next start.
        running[0].cancel()
        await updates.close(GRACE_S)
        await runner.close()
        await desk.background.close(GRACE_S)
        for task in running[1:]:
            task.cancel()


def build(settings: BotSettings, limiter: ChatRateLimiter) -> App:
    """The Application with our order, limits, timeouts and way to the server; without handlers."""
    builder = (
        Application.builder()
        .token(settings.token)
        .updater(None)
        .concurrent_updates(ChatOrder())
        .rate_limiter(limiter)
        .request(
            HTTPXRequest(
                connection_pool_size=64,
                connect_timeout=10,
                read_timeout=20,
                write_timeout=20,
                pool_timeout=20,
                media_write_timeout=90,
                proxy=settings.proxy,
            )
        )
        .get_updates_request(
            HTTPXRequest(connection_pool_size=2, connect_timeout=10, read_timeout=10, proxy=settings.proxy)
        )
    )
    if settings.base_url:
        builder = builder.base_url(f"{settings.base_url}/bot").base_file_url(f"{settings.base_url}/file/bot")
    return builder.build()


def add_handlers(application: App, desk: Desk, runner: TransferRunner) -> None:
    """Who handles what; the gate comes before all of them."""
    doors = Doors(desk)
    gate, commands, questions = Gate(desk, doors), Commands(desk), Questions(desk)
    upkeep, links, settings = Upkeep(desk, questions), LinkWork(desk, questions), ChoicesHandlers(desk)
    buttons = Buttons(desk, questions, upkeep, settings, doors)
    new = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
    application.add_handler(TypeHandler(Update, gate.check), group=-1)
    application.add_handler(ChatMemberHandler(gate.membership, ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, gate.migrated))
    for name in ("start", "help", "show", "save"):
        application.add_handler(CommandHandler(name, getattr(commands, name), filters=new))
    finding = Finding(desk)
    for name in ("tag", "tags", "search"):
        application.add_handler(CommandHandler(name, getattr(finding, name), filters=new))
    for name in ("rename", "merge", "untag", "rule", "forget", "undo", "queue"):
        application.add_handler(CommandHandler(name, getattr(upkeep, name), filters=new))
    for name in ("note", "title", "recapture", "delete"):
        application.add_handler(CommandHandler(name, getattr(links, name), filters=new))
    application.add_handler(CommandHandler("admin", doors.admin, filters=new))
    application.add_handler(CommandHandler("settings", settings.settings, filters=new))
    application.add_handler(MessageHandler(new & Asked(), Asking(desk).answer))
    application.add_handler(MessageHandler(new & TagsAlone(), upkeep.tag_reply))
    transfers = Transfers(desk, runner)
    application.add_handler(CommandHandler("export", transfers.export, filters=new))
    application.add_handler(CommandHandler("import", transfers.import_, filters=new))
    application.add_handler(MessageHandler(new & (ImportCaption() | FileAlone()), transfers.file))
    application.add_handler(CallbackQueryHandler(transfers.press, pattern="^x:"))
    copies = Copies(desk, commands, transfers, runner)
    application.add_handler(MessageHandler(new & CopyAnswer(), copies.answer))
    application.add_handler(MessageHandler(new & CopyWithLink(), copies.with_link))
    application.add_handler(InlineQueryHandler(Inline(desk).answer))
    application.add_handler(CallbackQueryHandler(buttons.press))
    application.add_handler(MessageHandler(filters.ALL, commands.message))


async def _connected(application: App, stop: asyncio.Event) -> bool:
    """Asks the server who we are until it answers; False when stopped before that."""
    pause_s = FIRST_PAUSE_S
    while not stop.is_set():
        try:
            await application.initialize()
        except InvalidToken:
            await application.shutdown()
            raise TokenRefused from None  # the error names the token
        except TelegramError as error:
            wait_s = seconds(error) if isinstance(error, RetryAfter) else pause_s
            log.warning("Telegram does not answer (%s); again in %.1f s", error.message, wait_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait_s)
        else:
            return True
    return False
