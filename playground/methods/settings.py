"""What a bot says about itself: commands, descriptions, its name, the menu button."""

from __future__ import annotations

import json
import re
from typing import Any

from playground.context import Context
from playground.errors import bad_request
from playground.methods.registry import method
from playground.records import Json

_COMMAND = re.compile(r"/?([a-z0-9_]{1,32})\Z")
_LANGUAGE = re.compile(r"[a-z]{2}\Z")
_MAX_COMMANDS = 100
# Method suffix → field, the longest text.
_TEXTS = {
    "Name": ("name", 64),
    "Description": ("description", 512),
    "ShortDescription": ("short_description", 120),
}


def _language(ctx: Context) -> str:
    language = str(ctx.params.get("language_code") or "")
    if language and not _LANGUAGE.match(language):
        raise bad_request("invalid language code specified")
    return language


def _key(ctx: Context) -> str:
    """Commands are kept by scope and language."""
    scope = ctx.params.get("scope") or {"type": "default"}
    if "chat_id" in scope:
        scope = {**scope, "chat_id": ctx.find_chat(scope["chat_id"]).id}
    return json.dumps([scope, _language(ctx)], sort_keys=True)


@method("setMyCommands")
async def set_my_commands(ctx: Context) -> bool:
    """The commands that a menu offers, by scope and language."""
    commands: list[Json] = ctx.params["commands"]
    if len(commands) > _MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    kept = []
    for command in commands:
        name = _COMMAND.match(command["command"].lower())
        if not name:
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append({**command, "command": name[1]})
    ctx.world.journal.put("commands", _key(ctx), kept)
    return True


@method("getMyCommands")
async def get_my_commands(ctx: Context) -> list[Json]:
    """Those of exactly this scope and language."""
    found: list[Json] = ctx.world.journal.get("commands", _key(ctx), [])
    return found


@method("deleteMyCommands")
async def delete_my_commands(ctx: Context) -> bool:
    """Takes them back."""
    ctx.world.journal.remove("commands", _key(ctx))
    return True


@method("setMyName", "setMyDescription", "setMyShortDescription")
async def set_text(ctx: Context) -> bool:
    """A text about the bot, by language; an empty one falls back to the default language's."""
    field, longest = _TEXTS[ctx.method.removeprefix("setMy")]
    text = str(ctx.params.get(field) or "")
    if len(text) > longest:
        raise bad_request(f"{'title' if field == 'name' else 'about text'} is too long")
    key = f"{field}:{_language(ctx)}"
    if text:
        ctx.world.journal.put("about", key, text)
    else:
        ctx.world.journal.remove("about", key)
    return True


@method("getMyName", "getMyDescription", "getMyShortDescription")
async def get_text(ctx: Context) -> Json:
    """The text in the language, else the default one."""
    field, _ = _TEXTS[ctx.method.removeprefix("getMy")]
    default = ctx.world.bot["first_name"] if field == "name" else ""
    plain = ctx.world.journal.get("about", f"{field}:", default)
    return {field: ctx.world.journal.get("about", f"{field}:{_language(ctx)}", plain)}


@method("setChatMenuButton")
async def set_chat_menu_button(ctx: Context) -> bool:
    """The button beside the field where one types."""
    ctx.world.journal.put("menu", _menu_key(ctx), ctx.params.get("menu_button") or {"type": "default"})
    return True


@method("getChatMenuButton")
async def get_chat_menu_button(ctx: Context) -> Any:
    """The chat's button, else the default one."""
    default = ctx.world.journal.get("menu", "all", {"type": "default"})
    return ctx.world.journal.get("menu", _menu_key(ctx), default)


def _menu_key(ctx: Context) -> str:
    return str(ctx.chat().id) if "chat_id" in ctx.params else "all"
