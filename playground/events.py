"""Tells open chat pages what happens, as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_BACKLOG = 1000


class Events:
    """Every listener hears every event from the moment it listens; one that sleeps too long is cut off."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[str | None]] = set()

    def tell(self, kind: str, **details: Any) -> None:
        """`{"type": kind, …}` to everybody."""
        line = json.dumps({"type": kind, **details}, ensure_ascii=False)
        for listener in list(self._listeners):
            if listener.qsize() >= _BACKLOG:
                self._listeners.discard(listener)
                listener.put_nowait(None)
            else:
                listener.put_nowait(line)

    @contextmanager
    def listen(self) -> Iterator[asyncio.Queue[str | None]]:
        """A queue of JSON lines; None ends it."""
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    def close(self) -> None:
        """Ends every listener."""
        for listener in self._listeners:
            listener.put_nowait(None)
        self._listeners.clear()
