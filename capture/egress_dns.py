"""Name look-ups in threads of their own, so that slow names delay nothing else and no shutdown waits for them."""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

DEFAULT_THREADS = 8

LookUp = Callable[[str], tuple[str, ...]]
"""A canonical name in, its addresses out, in the order to try them; raises OSError."""

_NO_SUCH_HOST = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class NoSuchHost(Exception):
    """The name has no address."""


class NoLookup(Exception):
    """No name server gave an answer."""


def system_look_up(host: str) -> tuple[str, ...]:
    """Asks the system's resolver."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True)
class _Question:
    host: str
    answer: asyncio.Future[tuple[str, ...]]
    loop: asyncio.AbstractEventLoop

    def settle(self, look_up: LookUp) -> None:
        """Looks the name up and hands the answer to the loop that asked; runs in a resolver thread."""
        try:
            addresses = look_up(self.host)
        except socket.gaierror as error:
            self._hand_over((), NoSuchHost() if error.errno in _NO_SUCH_HOST else NoLookup())
        except UnicodeError:
            self._hand_over((), NoSuchHost())
        except OSError:
            self._hand_over((), NoLookup())
        else:
            self._hand_over(addresses, None if addresses else NoSuchHost())

    def _hand_over(self, addresses: tuple[str, ...], error: Exception | None) -> None:
        def settled() -> None:
            if self.answer.done():
                return
            if error:
                self.answer.set_exception(error)
                self.answer.exception()  # who asked may have given up: then nobody is to be told
            else:
                self.answer.set_result(addresses)

        with suppress(RuntimeError):  # the loop has closed meanwhile
            self.loop.call_soon_threadsafe(settled)


class Resolver:
    """Answers questions for names with a bounded number of daemon threads, which start as they are needed.

    Not `asyncio.to_thread`: a name server that does not answer holds a thread for half a minute, the default executor
    is shared with everything else, and the interpreter waits at its end for threads of executors but not for these.
    """

    def __init__(self, threads: int = DEFAULT_THREADS, look_up: LookUp = system_look_up) -> None:
        self._limit = threads
        self._look_up = look_up
        self._questions: queue.SimpleQueue[_Question | None] = queue.SimpleQueue()
        self._threads = 0
        self._open = 0

    def ask(self, host: str) -> asyncio.Future[tuple[str, ...]]:
        """A future with the addresses of a canonical name; it fails with NoSuchHost or NoLookup."""
        loop = asyncio.get_running_loop()
        question = _Question(host, loop.create_future(), loop)
        self._open += 1
        question.answer.add_done_callback(self._answered)
        if self._threads < min(self._open, self._limit):
            self._threads += 1
            threading.Thread(target=self._work, name=f"resolver-{self._threads}", daemon=True).start()
        self._questions.put(question)
        return question.answer

    def close(self) -> None:
        """Lets the threads end as soon as their look-ups do."""
        for _ in range(self._threads):
            self._questions.put(None)
        self._threads = 0

    def _answered(self, _: asyncio.Future[tuple[str, ...]]) -> None:
        self._open -= 1

    def _work(self) -> None:
        while question := self._questions.get():
            question.settle(self._look_up)
