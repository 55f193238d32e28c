"""The three ways in which the supervisor starts a worker. All give a worker one socket, a log and a clean environment.

spawn: a new interpreter, which inherits nothing; the default. forkserver: a fork of a helper that has the engine
imported and nothing else. fork: a fork of the supervisor itself, sound because that has one thread and no secret.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Literal, NoReturn

from capture.process_control import close_inherited, forget_signals

StartMethod = Literal["spawn", "forkserver", "fork"]

FORKSERVER_START_S = 30.0


@dataclass(frozen=True)
class WorkerPlan:
    """What a new worker is told."""

    folder: str
    """Its own; HOME and TMPDIR lie in it."""
    engine: str
    """The module with `capture` and `open_browser`."""
    uid: int | None
    """The user that it becomes; None if it stays ours."""
    locked: bool
    """Whether no program below it may gain rights by being started."""

    def environment(self) -> dict[str, str]:
        """What the worker's process and all below it see."""
        return {"HOME": os.path.join(self.folder, "home"), "TMPDIR": os.path.join(self.folder, "tmp")}


class Starter(ABC):
    """One way to start a worker."""

    helper: int | None = None
    """The pid of a process that the way needs, if it does."""

    @abstractmethod
    def start(self, plan: WorkerPlan, end: socket.socket) -> int:
        """Starts a worker that talks through `end` and gives its pid. Raises OSError."""


def run_worker(plan: WorkerPlan, end: socket.socket, parent: int) -> NoReturn:
    """Makes a freshly forked process a worker; never returns."""
    status = 1
    try:
        close_inherited(keep=(end.fileno(),))
        forget_signals()
        os.environ.update(plan.environment())
        from capture import worker  # the supervisor itself has no need of it

        worker.run(plan, end, parent)
        status = 0
    finally:
        # Whatever happened: a copy of the parent must not go on with the parent's work.
        os._exit(status)


class Spawn(Starter):
    """A new interpreter for each worker."""

    def start(self, plan: WorkerPlan, end: socket.socket) -> int:
        os.set_inheritable(end.fileno(), True)
        argument = json.dumps({"plan": asdict(plan), "socket": end.fileno(), "parent": os.getpid()})
        command = [sys.executable, "-P", "-m", "capture.worker", argument]
        return os.posix_spawn(sys.executable, command, {**os.environ, **plan.environment()})


class Fork(Starter):
    """A fork of this process."""

    def start(self, plan: WorkerPlan, end: socket.socket) -> int:
        parent = os.getpid()
        if threading.active_count() > 1:
            raise OSError("a process with more than one thread is not forked")  # it would copy locks for ever held
        return os.fork() or run_worker(plan, end, parent)


class ForkServer(Starter):
    """A fork of a helper process, which is started at once and again if it is lost."""

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._control: socket.socket | None = None
        self._begin()

    def start(self, plan: WorkerPlan, end: socket.socket) -> int:
        try:
            return self._ask(plan, end)
        except OSError:
            self._begin()
            return self._ask(plan, end)

    def _begin(self) -> None:
        if self._control:
            self._control.close()
        self._control, theirs = socket.socketpair()
        with theirs:
            os.set_inheritable(theirs.fileno(), True)
            argument = json.dumps({"engine": self._engine, "socket": theirs.fileno(), "parent": os.getpid()})
            command = [sys.executable, "-P", "-m", "capture.process_forkserver", argument]
            self.helper = os.posix_spawn(sys.executable, command, dict(os.environ))
        self._control.settimeout(FORKSERVER_START_S)
        self._answer()

    def _ask(self, plan: WorkerPlan, end: socket.socket) -> int:
        assert self._control
        socket.send_fds(self._control, [json.dumps(asdict(plan)).encode()], [end.fileno()])
        return self._answer()

    def _answer(self) -> int:
        assert self._control
        answer = self._control.recv(64)
        if not answer:
            raise ConnectionResetError("the fork server ended")
        return int(answer)


def starter(method: StartMethod, engine: str) -> Starter:
    """The way of that name. Raises OSError if it needs a helper and that does not start."""
    if method == "forkserver":
        return ForkServer(engine)
    return Fork() if method == "fork" else Spawn()
