"""Which methods the playground does, by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from playground.context import Context
from playground.errors import ApiError

Handler = Callable[[Context], Awaitable[Any]]
_HANDLERS: dict[str, Handler] = {}


def method(*names: str) -> Callable[[Handler], Handler]:
    """Makes a function the handler of the methods."""

    def register(handler: Handler) -> Handler:
        for name in names:
            _HANDLERS[name] = handler
        return handler

    return register


def handled() -> frozenset[str]:
    """The methods that the playground does."""
    return frozenset(_HANDLERS)


async def run(name: str, context: Context) -> Any:
    """The result of a checked call; 501 for a method of the API that the playground does not do."""
    handler = _HANDLERS.get(name)
    if handler is None:
        raise ApiError(501, f"Not Implemented: the playground does not do {name}")
    return await handler(context)
