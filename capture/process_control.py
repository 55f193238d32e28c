"""How our processes hang together: what dies with whom, and what a new one may keep of the old one."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import sys
from collections.abc import Collection, Mapping
from contextlib import suppress

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38

KEPT_ENVIRONMENT = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "PLAYWRIGHT_BROWSERS_PATH", "XDG_CACHE_HOME",
    "FONTCONFIG_PATH", "FONTCONFIG_FILE",
)  # fmt: skip
"""All that a process which opens pages gets of our environment. Secrets come in by other names and stay out."""


ENOUGH_DESCRIPTORS = 65_536


def clean_environment(environment: Mapping[str, str], **more: str) -> dict[str, str]:
    """The allowed part of an environment, and what is added to it."""
    return {**{name: environment[name] for name in KEPT_ENVIRONMENT if name in environment}, **more}


def die_with_parent(parent: int) -> None:
    """Lets the kernel kill this process when `parent` ends; ends it now if that has happened already."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Makes this process the parent of everything below it whose own parent ends."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def set_dumpable() -> None:
    """Gives this process its own /proc back after a change of its user; core files stay off by their limit of 0."""
    _prctl(_PR_SET_DUMPABLE, 1)


def lock_privileges() -> None:
    """From now on no program that this process or one below it starts can have more rights, as sudo would."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def name_process(name: str) -> None:
    """The name that `ps` and `top` show (15 characters)."""
    _prctl(_PR_SET_NAME, ctypes.c_char_p(name.encode()))


def _prctl(option: int, value: int | ctypes.c_char_p) -> None:
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) was refused")


def raise_descriptor_limit() -> None:
    """Lets this process have as many descriptors as it may: each capture's proxy can hold two hundred."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, ENOUGH_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # some systems have a lower limit than they say
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def take_over(number: int) -> socket.socket:
    """The socket that was handed to this process by number; nothing below inherits it in turn."""
    os.set_inheritable(number, False)
    return socket.socket(fileno=number)


def close_inherited(keep: Collection[int]) -> None:
    """Closes every descriptor but standard input, output, error and the given ones."""
    folder = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
    for number in map(int, os.listdir(folder)):
        if number > 2 and number not in keep:
            with suppress(OSError):  # the one that listed the folder is closed already
                os.close(number)


def forget_signals() -> None:
    """Puts the handlers of a forked parent away; Ctrl-C is for the main process alone."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
