"""The Bot API's methods, by what they are about."""

from playground.methods import chats, editing, files, inline, reacting, sending, settings, transfer, updates
from playground.methods.registry import handled, run

__all__ = [
    "chats",
    "editing",
    "files",
    "handled",
    "inline",
    "reacting",
    "run",
    "sending",
    "settings",
    "transfer",
    "updates",
]
