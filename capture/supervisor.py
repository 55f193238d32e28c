"""`python -m capture.supervisor`: starts workers, hands them captures, watches and ends them. Holds no secret.

One thread, few imports, no page, no network: little that could go wrong in it, so that it can be relied on to end
whatever goes wrong below. It ends itself, and everything below it, as soon as the main process is gone.
"""

from __future__ import annotations

import json
import os
import resource
import selectors
import shutil
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field

from capture import process_table, process_user
from capture.process_channel import Channel, ChannelClosed, Message
from capture.process_control import adopt_orphans, name_process, take_over
from capture.process_describe import description
from capture.process_start import StartMethod, WorkerPlan, starter

WATCH_S = 0.2
IDLE_WATCH_S = 2.0
READ_ALL_S = 1.0
"""How long a pid that was somebody else's is taken to be so still."""
AFTER_KILL_S = 0.02
WATCH_SHARE = 20
"""Watching takes at most one part in so many of a processor, however many processes the machine has."""
MAX_WATCH_S = 1.0
"""Two looks are never further apart than this for that reason."""
WORN_SHARE = 0.6
"""An idle worker that still holds this part of its limit is replaced."""
SHUTDOWN_S = 3.0


@dataclass(frozen=True)
class SupervisorSettings:
    """What the main process decides."""

    socket: int
    folder: str
    """The workers' folders are made in it."""
    engine: str
    workers: int
    method: StartMethod
    memory_bytes: int
    """What a worker and all below it may hold together."""
    max_processes: int
    grace_s: float
    """Seconds after a capture's deadline at which its worker is killed."""
    captures_per_worker: int
    own_users: bool
    """Whether each worker gets an unprivileged user of its own; takes root."""
    needed: list[str]
    """Folders that such users have to get at."""
    locked: bool
    """Whether no program below a worker may gain rights by being started, as sudo does."""


@dataclass
class Job:
    """A capture that waits or runs."""

    id: int
    request: Message
    kill_at: float = 0.0


@dataclass
class Worker:
    """A worker process."""

    pid: int
    started: int
    """As the system's process table has it."""
    channel: Channel
    folder: str
    uid: int | None
    """Its own user, if it has one."""
    job: Job | None = None
    captures: int = 0

    def tree(self, table: process_table.Table) -> list[process_table.Row]:
        """The worker with everything below it; nothing once its pid is another process's."""
        row = table.get(self.pid)
        return process_table.below(table, self.pid) if row and row.started == self.started else []


@dataclass
class Supervisor:
    """The state of all workers, and the loop that keeps it."""

    settings: SupervisorSettings
    main: Channel
    waiting: deque[Job] = field(default_factory=deque)
    workers: list[Worker] = field(default_factory=list)
    litter: list[str] = field(default_factory=list)
    """Folders of ended workers, removed when nothing can write to them any more."""
    ended: bool = False
    _watch_at: float = 0.0
    _read_all_at: float = 0.0
    _others: AbstractSet[int] = frozenset()
    _started: int = 0
    _last_options: Message | None = None
    """Of the last capture: the next one's are most likely the same."""
    _most_workers: int = 0
    """As many as were ever needed at the same time are kept warm."""

    def __post_init__(self) -> None:
        self._starter = starter(self.settings.method, self.settings.engine)
        self._selector = selectors.DefaultSelector()

    def run(self, wake: socket.socket) -> None:
        """Works until the main process is gone or says so; then ends everything below."""
        self._selector.register(wake, selectors.EVENT_READ, lambda: self._child_ended(wake))
        self._selector.register(self.main, selectors.EVENT_READ, self._hear_main)
        self._tell({"ready": os.getpid()})
        while not self.ended:
            for key, _ in self._selector.select(self._pause()):
                react: Callable[[], None] = key.data
                react()
            self._watch_if_due()
            self._dispatch()
        self._shut_down()

    def _pause(self) -> float | None:
        if self.main.pending:
            self._selector.modify(self.main, selectors.EVENT_READ | selectors.EVENT_WRITE, self._hear_main)
        else:
            self._selector.modify(self.main, selectors.EVENT_READ, self._hear_main)
        if not self.workers and not self.litter:
            return None
        return max(self._watch_at - time.monotonic(), 0.0)

    # What the main process says

    def _hear_main(self) -> None:
        try:
            self.main.flush()
            for message in self.main.receive():
                if "request" in message:
                    self.waiting.append(Job(message["id"], message["request"]))
                elif "describe" in message:
                    self._tell({"id": message["describe"], "description": description()})
                else:
                    self._cancel(message["cancel"])
        except ChannelClosed:
            self.ended = True

    def _tell(self, message: Message) -> None:
        try:
            self.main.send(message)
        except ChannelClosed:
            self.ended = True

    def _cancel(self, number: int) -> None:
        self.waiting = deque(job for job in self.waiting if job.id != number)
        for worker in [each for each in self.workers if each.job and each.job.id == number]:
            worker.job = None
            self._end(worker)

    # Workers

    def _dispatch(self) -> None:
        while self.waiting and not self.ended:
            worker = next((each for each in self.workers if each.job is None), None)
            if worker is None and len(self.workers) >= self.settings.workers:
                return
            job = self.waiting.popleft()
            try:
                worker = worker or self._start_worker()
                self._hand_over(job, worker)
            except OSError as error:
                self._tell({"id": job.id, "died": "start", "detail": str(error)})

    def _start_worker(self) -> Worker:
        self._started += 1
        uid = self._free_uid()
        folder = os.path.join(self.settings.folder, str(self._started))
        for path in (folder, os.path.join(folder, "home"), os.path.join(folder, "tmp")):
            os.mkdir(path, mode=0o700)
        if uid is not None:
            process_user.give(folder, uid)
        ours, theirs = socket.socketpair()
        with theirs:
            pid = self._starter.start(WorkerPlan(folder, self.settings.engine, uid, self.settings.locked), theirs)
        row = process_table.read_table().get(pid)
        worker = Worker(pid, row.started if row else 0, Channel(ours), folder, uid)
        self._selector.register(worker.channel, selectors.EVENT_READ, lambda: self._hear_worker(worker))
        self.workers.append(worker)
        return worker

    def _free_uid(self) -> int | None:
        """A user that no other worker is; none where workers keep ours."""
        if not self.settings.own_users:
            return None
        taken = {worker.uid for worker in self.workers}
        return next(uid for uid in process_user.USERS if uid not in taken)

    def _hand_over(self, job: Job, worker: Worker) -> None:
        if worker.uid is not None:
            process_user.give(str(job.request["scratch"]), worker.uid)
        job.kill_at = time.monotonic() + float(job.request["deadline_s"]) + self.settings.grace_s
        worker.job = job
        worker.captures += 1
        self._last_options = job.request["options"]
        self._most_workers = max(self._most_workers, len(self.workers))
        self._watch_at = min(self._watch_at, time.monotonic() + WATCH_S)
        try:
            worker.channel.send({"id": job.id, "request": job.request})
        except ChannelClosed:
            self._end(worker, "killed")

    def _hear_worker(self, worker: Worker) -> None:
        try:
            messages = worker.channel.receive()
        except ChannelClosed:
            self._end(worker, "killed")
            return
        for message in messages:
            if worker.job is None or message.get("id") != worker.job.id:
                self._end(worker, "confused")
                return
            self._pass_on(worker, message)

    def _pass_on(self, worker: Worker, message: Message) -> None:
        if "progress" in message:
            self._tell({"id": message["id"], "progress": message["progress"]})
        elif message.get("died") == "late":  # nothing was opened
            worker.job = None
            self._tell({"id": message["id"], "died": "late"})
        elif "died" in message:
            self._end(worker, str(message["died"])[:40], str(message.get("detail", ""))[:500])
        elif "result" in message:
            worker.job = None
            if message.get("retire") or worker.captures >= self.settings.captures_per_worker or self._is_worn(worker):
                self._end(worker)
            self._tell({"id": message["id"], "result": message["result"]})
            self._warm_up()
        else:
            self._end(worker, "confused")

    def _warm_up(self) -> None:
        """Starts a worker in the place of a replaced one at once: the next capture is not to wait for its browser."""
        if self.waiting or self.ended or len(self.workers) >= self._most_workers or self._last_options is None:
            return
        with suppress(OSError, ChannelClosed):  # whatever keeps it from starting, the next capture will say
            self._start_worker().channel.send({"warm": self._last_options})

    def _is_worn(self, worker: Worker) -> bool:
        rows = worker.tree(self._table(time.monotonic()))
        return process_table.memory_bytes(rows) > WORN_SHARE * self.settings.memory_bytes

    def _end(self, worker: Worker, reason: str = "", detail: str = "") -> None:
        """Kills the worker with all below it; if a capture was running, says why it came to nothing."""
        if worker not in self.workers:
            return
        self.workers.remove(worker)
        # All are listed before the first one is killed: then none escapes by losing its parent.
        process_table.kill(worker.tree(process_table.read_table()))
        self._selector.unregister(worker.channel)
        worker.channel.close()
        self.litter.append(worker.folder)
        self._watch_at = time.monotonic() + AFTER_KILL_S
        if worker.job:
            self._tell({"id": worker.job.id, "died": reason, "detail": detail})

    # Watching

    def _watch_if_due(self) -> None:
        now, spent = time.monotonic(), time.process_time()
        if now < self._watch_at:
            return
        table = self._table(now)
        watched = len(self.workers)
        for worker in self.workers[:]:
            self._check(worker, worker.tree(table), now)
        busy = any(worker.job for worker in self.workers)
        pause = WATCH_S if busy else IDLE_WATCH_S
        if self._end_orphans(table if len(self.workers) == watched else self._table(now)):
            pause = AFTER_KILL_S
        else:
            self._remove_litter()
        took = time.process_time() - spent
        self._watch_at = time.monotonic() + max(pause, min(WATCH_SHARE * took, MAX_WATCH_S))

    def _table(self, now: float) -> process_table.Table:
        """Our processes and those that are new. A machine has hundreds of others: they are read once in a while only.

        A process of somebody else's never becomes one of ours, but its pid may, once it has ended.
        """
        if now < self._read_all_at:
            return process_table.read_table(self._others)
        table = process_table.read_table()
        self._others = table.keys() - {row.pid for row in process_table.below(table, os.getpid())}
        self._read_all_at = now + READ_ALL_S
        return table

    def _check(self, worker: Worker, rows: list[process_table.Row], now: float) -> None:
        if worker.job and now > worker.job.kill_at:
            self._end(worker, "deadline")
        elif process_table.memory_bytes(rows) > self.settings.memory_bytes:
            self._end(worker, "memory")
        elif len(rows) > self.settings.max_processes:
            self._end(worker, "processes")

    def _end_orphans(self, table: process_table.Table) -> bool:
        """Kills whatever is below us and below no worker: its own parent died. Whether there was any."""
        known = {worker.pid for worker in self.workers} | {self._starter.helper}
        roots = [row.pid for row in table.values() if row.parent == os.getpid() and row.pid not in known]
        if self._starter.helper:  # the workers' parent there
            roots += [row.pid for row in table.values() if row.parent == self._starter.helper and row.pid not in known]
        orphans = [row for root in roots for row in process_table.below(table, root)]
        process_table.kill(orphans)
        return bool(orphans)

    def _remove_litter(self) -> None:
        for folder in self.litter:
            shutil.rmtree(folder, ignore_errors=True)
        self.litter.clear()

    def _child_ended(self, wake: socket.socket) -> None:
        with suppress(BlockingIOError):
            wake.recv(4096)
        _reap()
        self._watch_at = min(self._watch_at, time.monotonic() + AFTER_KILL_S)

    def _shut_down(self) -> None:
        for worker in self.workers[:]:
            worker.job = None
            self._end(worker)
        give_up = time.monotonic() + SHUTDOWN_S
        while time.monotonic() < give_up:
            rows = process_table.below(process_table.read_table(), os.getpid())[1:]
            if not rows:
                break
            process_table.kill(rows)
            _reap()
            time.sleep(AFTER_KILL_S)
        self._remove_litter()


def _reap() -> None:
    """Takes the exit statuses of ended children, adopted ones included."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main() -> None:
    """The entry of the process."""
    settings = SupervisorSettings(**json.loads(sys.argv[1]))
    name_process("hashkeep-super")
    adopt_orphans()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what a crash would write holds pages and fills the disk
    wake, signalled = socket.socketpair()
    wake.setblocking(False)
    signalled.setblocking(False)
    signal.set_wakeup_fd(signalled.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    main_process = Channel(take_over(settings.socket))
    if settings.own_users:
        try:
            process_user.open_way(settings.needed)
            os.chdir(settings.folder)  # the way there is another one now
        except OSError as error:
            main_process.send({"failed": f"no way for other users to what they need ({error})"})
            return
    supervisor = Supervisor(settings, main_process)

    def stop(*_: object) -> None:
        supervisor.ended = True

    signal.signal(signal.SIGTERM, stop)
    supervisor.run(wake)


if __name__ == "__main__":
    main()
