"""The Bot API's methods, by what they are about. Importing a module registers its methods."""

from playground.methods import chats, editing, files, inline, reacting, sending, settings, transfer, updates
from playground.methods.registry import handled, run

_MODULES = (chats, editing, files, inline, reacting, sending, settings, transfer, updates)
__all__ = ["handled", "run"]
