"""What the system's own tables say of every process below ours while a page is open: users, sandbox, what they hold."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from capture import process_table
from capture.address import AddressRule
from capture.pool import CapturePool, PoolSettings
from capture.process_control import KEPT_ENVIRONMENT
from capture.process_user import USERS
from capture.records import CaptureOptions, CaptureRequest
from capture.worker import NICENESS
from hashkeep.chromium import find_chromium
from hashkeep.settings import Settings
from tests.harness import Site, running_site, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")

SECRETS = {
    "BOT_TOKEN": "7000000001:AAsecret_token_of_thirty_five_chars", "BOT_PROXY": "socks5://me:secret_proxy@127.0.0.1:9",
    "EGRESS_PROXY": "http://me:secret_next@127.0.0.1:9", "AWS_SECRET_ACCESS_KEY": "secret_key",
    "DATABASE_URL": "postgres://me:secret_database@db/x", "GITHUB_TOKEN": "secret_other",
}  # fmt: skip
OWN = {"HOME", "TMPDIR", "PYTHONPATH", "LANG", "LC_CTYPE", "PWD", "SHLVL", "_"}
DRIVERS = {"PW_CLI_DISPLAY_VERSION", "PW_LANG_NAME", "PW_LANG_NAME_VERSION"}
"""What Playwright gives to its driver."""
ALLOWED = {*KEPT_ENVIRONMENT, *OWN, *DRIVERS}
SUPERVISORS_VARIABLES = {*KEPT_ENVIRONMENT, "PYTHONPATH", "LC_CTYPE"}
"""Python itself sets LC_CTYPE where there is no locale."""
SUPERVISORS_OWN = {
    "capture", "capture.process_channel", "capture.process_control", "capture.process_describe",
    "capture.process_start", "capture.process_table", "capture.process_user", "capture.supervisor",
}  # fmt: skip
NOT_IN_A_SUPERVISOR = {
    "asyncio", "concurrent", "multiprocessing", "logging", "ssl", "http", "sqlite3", "email", "pickle", "xml", "random"
}  # fmt: skip
"""Of the standard library: what has loops, pools, network, locks or state of its own."""


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Tree:
    """The supervisor of this process's pool with all below it, while a page is held open."""

    def __init__(self) -> None:
        table = process_table.read_table()
        ours = (pid for pid in children_of(os.getpid()) if b"capture.supervisor" in self.read(pid, "cmdline"))
        rows = process_table.below(table, next(ours))
        self.pids = [row.pid for row in rows]
        self.words = {pid: self.read(pid, "cmdline").decode("utf-8", "replace").split("\0") for pid in self.pids}

    @staticmethod
    def read(pid: int, name: str) -> bytes:
        return Path(f"/proc/{pid}/{name}").read_bytes()

    def environment(self, pid: int) -> dict[str, str]:
        found = self.read(pid, "environ").decode("utf-8", "replace").split("\0")
        return dict(each.split("=", 1) for each in found if "=" in each)

    def status(self, pid: int, name: str) -> list[str]:
        lines = self.read(pid, "status").decode().splitlines()
        return next(line for line in lines if line.startswith(f"{name}:")).split()[1:]

    def descriptors(self, pid: int) -> list[str]:
        found = []
        for link in Path(f"/proc/{pid}/fd").iterdir():
            try:
                found.append(os.readlink(link))
            except OSError:
                continue  # closed meanwhile
        return found

    def of(self, mark: str) -> list[int]:
        """The processes with such a text in their command line (Chromium's children have theirs in one piece)."""
        return [pid for pid in self.pids if mark in " ".join(self.words[pid])]


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


async def during_a_capture(tmp_path: Path, site: Site, method: Literal["spawn", "forkserver", "fork"]) -> None:
    """Opens a page, looks at the tree while it loads, and lets it end."""
    (tmp_path / "scratch").mkdir()
    (tmp_path / "capture").mkdir()
    chromium = str(find_chromium(Settings(_env_file=None)))
    page = site.page("/open", "Open", '<img src="/held.png">')
    site.page("/held.png", "")
    gate = site.hold("/held.png")
    settings = PoolSettings(1, method, tmp_path / "scratch", AddressRule("127.0.0.1"), chromium_path=chromium)

    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as mains:
        mains.set_inheritable(True)  # as the one to a database or to Telegram could be by mistake
        await _look_while_loading(settings, site, tmp_path, page, gate, f"socket:[{os.fstat(mains.fileno()).st_ino}]")


async def _look_while_loading(
    settings: PoolSettings, site: Site, tmp_path: Path, page: str, gate: threading.Event, mains: str
) -> None:
    async def loading() -> bool:
        return "/held.png" in site.hits

    async with CapturePool(settings) as pool:
        request = CaptureRequest(
            capture_id="1", url=page, scratch=tmp_path / "capture", deadline_s=30,
            options=CaptureOptions(chromium_path=str(settings.chromium_path)),
        )  # fmt: skip
        capture = asyncio.create_task(pool.capture(request))
        await until(loading, "the page to load", 20)
        try:
            tree = Tree()
            check(tree, tmp_path)
            check_supervisor(tree, await pool.describe_supervisor(), settings.start_method)
            assert mains not in [opened for pid in tree.pids for opened in tree.descriptors(pid)]
        finally:
            gate.set()
            await capture


def check(tree: Tree, tmp_path: Path) -> None:
    """Every statement that is made about the tree."""
    assert len(tree.of("--type=renderer")) >= 1
    for pid in tree.pids:
        _check_secrets(tree, pid, tmp_path)
    workers = [pid for pid in tree.pids if b"hashkeep-worker" in tree.read(pid, "comm")]
    assert len(workers) == 1
    _check_worker(tree, workers[0])
    below = process_table.below(process_table.read_table(), workers[0])
    for row in below:
        _check_user(tree, row.pid)
        assert os.getpriority(os.PRIO_PROCESS, row.pid) >= NICENESS, f"{tree.words[row.pid][:3]} competes with the bot"
    for pid in tree.of("--type=renderer"):
        _check_renderer(tree, pid)


def check_supervisor(tree: Tree, told: dict[str, Any], method: str) -> None:
    """The condition under which `fork` is sound: one thread, few modules, no descriptor but its own, no secret."""
    pid = tree.pids[0]
    assert told["pid"] == pid
    assert told["threads"] == 1
    assert tree.status(pid, "Threads") == ["1"]
    assert set(told["environment"]) <= SUPERVISORS_VARIABLES
    assert set(tree.environment(pid)) <= SUPERVISORS_VARIABLES
    ours = {name for name in told["modules"] if name.partition(".")[0] in ("capture", "storage", "bot", "hashkeep")}
    assert ours == SUPERVISORS_OWN - {"capture.supervisor"}  # which is __main__ there
    others = {name.partition(".")[0] for name in told["modules"]} - set(sys.stdlib_module_names) - {"capture"}
    assert not [name for name in others if not _is_of_the_start(name)], "packages of others are imported"
    assert not NOT_IN_A_SUPERVISOR & {name.partition(".")[0] for name in told["modules"]}
    # /dev/null and the log (0 to 2), the channel to main, one to each worker, one to the fork server; the two ends of
    # the pair that signals wake it by, and the selector.
    kinds = sorted(opened.partition(":")[0] for number, opened in told["descriptors"].items() if int(number) > 2)
    expected = ["anon_inode", *["socket"] * (5 if method == "forkserver" else 4)]
    assert kinds == expected, told["descriptors"]
    if method == "forkserver":
        (helper,) = [pid for pid in tree.pids if b"hashkeep-forks" in tree.read(pid, "comm")]
        assert tree.status(helper, "Threads") == ["1"]


def _is_of_the_start(name: str) -> bool:
    """What .pth files and Debian let every interpreter import, and the program's own name."""
    return name == "__main__" or name.startswith(("__editable__", "_distutils_hack", "_virtualenv", "sitecustomize"))


def _check_secrets(tree: Tree, pid: int, tmp_path: Path) -> None:
    environment = tree.environment(pid)
    for told in (str(environment), " ".join(tree.words[pid])):
        assert "secret" not in told, told
    if "--type=" not in told:  # Chromium's children have its environment, and write their command lines over it
        assert set(environment) <= ALLOWED, f"{tree.words[pid][:3]} has {set(environment) - ALLOWED}"
    for opened in tree.descriptors(pid):
        assert "kept-by-main" not in opened, f"{tree.words[pid][:3]} holds {opened}"
        if opened.startswith(str(tmp_path)):
            assert opened.startswith(str(tmp_path / "scratch")), f"{tree.words[pid][:3]} holds {opened}"


def _check_worker(tree: Tree, pid: int) -> None:
    """Standard input, output and error, its channel, the pipes to its driver, and what asyncio makes for itself."""
    kinds = sorted(opened.partition(":")[0] for opened in tree.descriptors(pid))
    assert not [kind for kind in kinds if kind not in ("socket", "pipe", "anon_inode", "/dev/null")], kinds


def _check_user(tree: Tree, pid: int) -> None:
    assert tree.status(pid, "NoNewPrivs") == ["1"] or os.geteuid() != 0
    if os.geteuid() == 0:
        assert {int(uid) for uid in tree.status(pid, "Uid")} <= set(USERS), tree.words[pid][:3]
        assert {int(gid) for gid in tree.status(pid, "Gid")} <= set(USERS)
        assert tree.status(pid, "Groups") == []


def _check_renderer(tree: Tree, pid: int) -> None:
    assert tree.status(pid, "Seccomp") == ["2"], "its system calls are not filtered"
    assert len(tree.status(pid, "NSpid")) > 1, "it sees the system's processes"
    if os.geteuid() == 0:  # who else may not look
        assert os.readlink(f"/proc/{pid}/ns/user") != os.readlink("/proc/self/ns/user")
        assert os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net")


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
async def test_no_process_below_holds_a_secret_and_renderers_are_in_their_sandbox(
    tmp_path: Path, site: Site, method: Literal["spawn"], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with (tmp_path / "kept-by-main.sqlite3").open("w") as database:
        os.set_inheritable(database.fileno(), True)
        await during_a_capture(tmp_path, site, method)
