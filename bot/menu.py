"""The commands that Telegram shows: for everybody, and more of them for admins and in one's own chat."""

from __future__ import annotations

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)

from bot.background import Call
from bot.desk import Desk
from bot.words import FALLBACK, LANGUAGES, words
from storage import members

FOR_ALL = (
    "tag",
    "tags",
    "search",
    "show",
    "save",
    "note",
    "title",
    "recapture",
    "delete",
    "undo",
    "forget",
    "export",
    "queue",
)
FOR_ADMINS = ("rename", "merge", "untag", "rule", "import", "settings")
AT_THE_END = ("help",)
COMMANDS = (*FOR_ALL, *FOR_ADMINS, *AT_THE_END)
FOR_OWNERS = ("admin",)
OTHER_LANGUAGES = tuple(language for language in LANGUAGES if language != FALLBACK)


async def announce(desk: Desk) -> None:
    """Tells Telegram the commands, for its menu: without a language for everybody who has no own one, and for zh."""
    scopes: list[tuple[BotCommandScope, tuple[str, ...]]] = [
        (BotCommandScopeDefault(), (*FOR_ALL, *AT_THE_END)),
        (BotCommandScopeAllPrivateChats(), COMMANDS),
        (BotCommandScopeAllChatAdministrators(), COMMANDS),
    ]
    owners = desk.settings.owner_ids or await members.owners()
    scopes += [(BotCommandScopeChat(owner), (*COMMANDS, *FOR_OWNERS)) for owner in owners]
    for scope, names in scopes:
        for language in (None, *OTHER_LANGUAGES):
            texts = words(language or FALLBACK)
            listed = [BotCommand(name, texts[f"commands.{name}"]) for name in names]
            call = Call(desk.bot.set_my_commands, listed, scope=scope, language_code=language)
            desk.background.start("set_my_commands", call)
