"""A PostgreSQL server of the tests' own: on a free port of loopback, gone with the test run."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.migrated import migrate
from tests.ports import dies_with_us, free_port

USER = "hashkeep"
_TEMPLATE = "migrated"
_START_S = 60.0
_QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off")
"""What a server for tests does without: its data need not outlive the machine."""


class Postgres:
    """A server and its folder. It can be killed and started again, with the same port and data."""

    def __init__(self, *, durable: bool = False, options: tuple[str, ...] = ()) -> None:
        """`durable`: it loses nothing when it is killed in the middle of its work; `options` like "work_mem=8MB"."""
        # Not below a folder of pytest's, which is closed to the user that the server runs as.
        self._home = Path(tempfile.mkdtemp(prefix="hashkeep-postgres-"))
        self.folder = self._home / "data"
        self.port = free_port()
        self._durable = durable
        self._options = options
        self._account = _account()
        self._process: subprocess.Popen[bytes] | None = None
        self._has_template = False
        if self._account:
            os.chown(self._home, *self._account)
        self._run("initdb", "-D", str(self.folder), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")

    def url(self, name: str = "postgres") -> str:
        """A database's address as DATABASE_URL wants it."""
        return f"psycopg://{USER}@127.0.0.1:{self.port}/{name}"

    def connect(self, name: str = "postgres") -> psycopg.Connection:
        """A connection of the test's own, outside of any transaction."""
        return psycopg.connect(self.url(name).replace("psycopg:", "postgresql:", 1), autocommit=True)

    def start(self) -> None:
        """Starts the server; returns when it answers."""
        quick = () if self._durable else _QUICK
        options = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    program("postgres"),
                    "-D",
                    str(self.folder),
                    *(w for o in (*options, *quick, *self._options) for w in ("-c", o)),
                ],
                stdout=subprocess.DEVNULL,
                stderr=log,
                preexec_fn=dies_with_us(signal.SIGQUIT),
                **self._as_account(),
            )
        give_up = time.monotonic() + _START_S
        while True:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > give_up:
                    raise
                time.sleep(0.02)
            else:
                return

    @property
    def pid(self) -> int:
        """Of the server's first process."""
        assert self._process
        return self._process.pid

    def stop(self) -> None:
        """Ends the server and every connection to it."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """kill -9 of the server; its children notice and go."""
        self._end(signal.SIGKILL)
        give_up = time.monotonic() + _START_S
        while time.monotonic() < give_up:  # it will not start while one of them holds the shared memory
            if not _of_folder(self.folder):
                return
            time.sleep(0.02)

    @property
    def log(self) -> Path:
        """What the server says."""
        return self._home / "log"

    def remove(self) -> None:
        """Ends the server, and removes its folder."""
        self.stop()
        shutil.rmtree(self._home)

    def create(self, name: str, template: str = "template0") -> str:
        """A new database, and its address."""
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of an empty database of today's schema, for a while."""
        if not self._has_template:
            with tempfile.TemporaryDirectory() as unused:
                migrate(self.create(_TEMPLATE), Path(unused))
            self._has_template = True
        name = f"test_{secrets.token_hex(6)}"
        yield self.create(name, _TEMPLATE)
        self.drop(name)

    def drop(self, name: str) -> None:
        """Removes a database, whoever is connected to it."""
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _end(self, number: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(number)
            self._process.wait(_START_S)
            self._process = None

    def _run(self, name: str, *words: str) -> None:
        done = subprocess.run([program(name), *words], capture_output=True, text=True, **self._as_account())
        assert done.returncode == 0, done.stderr

    def _as_account(self) -> dict[str, object]:
        """PostgreSQL refuses to run as root."""
        if not self._account:
            return {}
        user, group = self._account
        return {"user": user, "group": group, "extra_groups": [], "cwd": "/"}


@contextmanager
def running_postgres(*, durable: bool = False, options: tuple[str, ...] = ()) -> Iterator[Postgres]:
    """A server for as long as it is wanted."""
    server = Postgres(durable=durable, options=options)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def program(name: str) -> str:
    """One of PostgreSQL's programs; Debian keeps them out of PATH."""
    if found := shutil.which(name):
        return found
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    assert versions, f"PostgreSQL's {name} is not installed; deploy/setup.sh test installs it"
    return str(versions[-1])


def _account() -> tuple[int, int] | None:
    if os.getuid() != 0:
        return None
    entry = pwd.getpwnam("postgres")
    return entry.pw_uid, entry.pw_gid


def _of_folder(folder: Path) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
        except OSError:
            continue
    return found
