"""Root gives each worker an unprivileged user of its own, and a view of the file system in which it finds its way.

A worker reads what hostile pages send, with libraries written in C; as root its fall would be the machine's. The users
need no entry in /etc/passwd: the system knows them by number alone, and no file belongs to them but a worker's own.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable

from capture.process_control import set_dumpable

USERS = range(60_600, 60_664)
"""60578 to 60705 are given to nobody: neither Debian's policy (9.2.2) nor systemd's table of users has a use for them.
They lie below 65536, so that containers which map only that many know them as well."""

_CLONE_NEWNS = 0x0002_0000
_CLONE_NEWUSER = 0x1000_0000
_CLONE_NEWPID = 0x2000_0000
_CLONE_NEWNET = 0x4000_0000
_MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_SLAVE = 2, 4, 4096, 16384, 1 << 19


def is_root() -> bool:
    """Whether this process may become another user, as far as its own user tells."""
    return sys.platform == "linux" and os.geteuid() == 0


def become(uid: int) -> None:
    """Makes this process one of that user for good, with no group but the user's own. Raises OSError."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    set_dumpable()  # else its own /proc belongs to root, and starting a child has to try every descriptor there may be


def give(path: str, uid: int) -> None:
    """Makes the folder and the files directly in it the user's."""
    for name in os.listdir(path):
        os.chown(os.path.join(path, name), uid, uid, follow_symlinks=False)
    os.chown(path, uid, uid)


def needed_folders(engine: str, chromium: str | None, *more: str) -> list[str]:
    """What a worker has to read: the interpreter, the packages, our sources, the browser, and what is named.

    Not the checkout itself, in which `.env` and the data folder may lie.
    """
    sources = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    found = [sys.prefix, sys.base_prefix, os.path.join(sources, "capture"), os.path.join(sources, ".local"), *more]
    found += [os.path.join(sources, engine.partition(".")[0])]
    found += [os.environ[name] for name in ("PLAYWRIGHT_BROWSERS_PATH", "XDG_CACHE_HOME") if name in os.environ]
    if chromium:
        found.append(os.path.dirname(os.path.realpath(chromium)))
    return [path for path in dict.fromkeys(map(os.path.abspath, found)) if os.path.isdir(path)]


def open_way(needed: Iterable[str]) -> None:
    """Lets every user get to the needed folders, in this process's own view of the file system and its children's.

    A checkout below root's home lies behind a folder that nobody else may enter. Nothing is changed about that folder:
    this process sees an empty one in its place, with the needed ones in it. Raises OSError where that is refused, or
    where it could not be kept from being seen by others (a chroot).
    """
    ways = {way for path in needed for way in (path, os.path.realpath(path))}
    closed: dict[str, list[str]] = {}
    for way in sorted(ways):
        if (folder := _closed_above(way)) is not None:
            closed.setdefault(folder, []).append(way)
    if not closed:
        return
    _call("unshare", _CLONE_NEWNS)
    _mount("none", "/", "", _MS_REC | _MS_SLAVE)
    before = os.umask(0o022)
    try:
        for folder, inside in closed.items():
            _replace(folder, inside)
    finally:
        os.umask(before)


def _closed_above(path: str) -> str | None:
    """The topmost folder on the way there that others may not walk through."""
    parts = path.split("/")[1:-1]
    for depth in range(1, len(parts) + 1):
        folder = "/" + "/".join(parts[:depth])
        if not os.stat(folder).st_mode & 0o001:
            return folder
    return None


def _replace(folder: str, inside: list[str]) -> None:
    handles = {way: os.open(way, os.O_PATH | os.O_DIRECTORY) for way in inside}
    try:
        _mount("tmpfs", folder, "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=755,size=1m")
        shown: list[str] = []
        for way in inside:  # sorted: a folder comes before what lies in it
            if not any(way.startswith(f"{other}/") for other in shown):
                os.makedirs(way, exist_ok=True)
                _mount(f"/proc/self/fd/{handles[way]}", way, "", _MS_BIND | _MS_REC)
                shown.append(way)
    finally:
        for handle in handles.values():
            os.close(handle)


def why_no_namespaces() -> str | None:
    """Why Chromium cannot build its sandbox out of namespaces here; None if it can. Asks in a child process."""
    if sys.platform != "linux":
        return None
    asking, telling = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(telling, _try_namespaces().encode())
        finally:
            os._exit(0)
    os.close(telling)
    with open(asking, "rb") as answer:
        said = answer.read().decode()
    os.waitpid(pid, 0)
    return said if said != "fine" else None


def _try_namespaces() -> str:
    """As Chromium does it: a user namespace, in which the process may then make those of processes and network."""
    uid, gid = os.geteuid(), os.getegid()
    try:
        _call("unshare", _CLONE_NEWUSER)
        for name, text in (("setgroups", "deny"), ("gid_map", f"{gid} {gid} 1"), ("uid_map", f"{uid} {uid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        _call("unshare", _CLONE_NEWPID | _CLONE_NEWNET)
    except OSError as error:
        return f"the system refuses user namespaces ({error.strerror})"
    return "fine"


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    _call(
        "mount", source.encode(), target.encode(), kind.encode() or None, ctypes.c_ulong(flags), data.encode() or None
    )


def _call(name: str, *arguments: object) -> None:
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
