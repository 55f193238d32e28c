"""deploy/seccomp.json as a container's runtime would load it: below it Hashkeep works, sandbox included."""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from capture.process_user import is_root
from tests.harness import ROOT, Site, environment, running_site

PROFILE = ROOT / "deploy" / "seccomp.json"

_HAS_LIBRARY = sys.platform == "linux" and ctypes.util.find_library("seccomp") is not None
pytestmark = pytest.mark.skipif(not _HAS_LIBRARY, reason="libseccomp is not here; the unit tests read the profile")

# What runc does with a profile, by libseccomp: run in a process of its own, which then becomes the command.
_LOAD_AND_RUN = """
import ctypes, json, os, sys
class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]
EQUAL, ALLOW, ERRNO = 4, 0x7FFF0000, 0x00050000
profile, lib = json.load(open(sys.argv[1])), ctypes.CDLL("libseccomp.so.2")
lib.seccomp_init.restype = ctypes.c_void_p
context = ctypes.c_void_p(lib.seccomp_init(ctypes.c_uint32(ERRNO | profile["defaultErrnoRet"])))
for rule in profile["syscalls"]:
    wanted = [Compare(each["index"], EQUAL, each["value"], 0) for each in rule.get("args", [])]
    assert all(each["op"] == "SCMP_CMP_EQ" for each in rule.get("args", []))
    for name in rule["names"]:
        number = lib.seccomp_syscall_resolve_name(name.encode())
        assert number != -1, f"{name} is no call of the system"
        compares = (Compare * len(wanted))(*wanted)
        assert lib.seccomp_rule_add_array(context, ctypes.c_uint32(ALLOW), number, len(wanted), compares) == 0, name
assert ctypes.CDLL(None).prctl(38, 1, 0, 0, 0) == 0
assert lib.seccomp_load(context) == 0
os.execv(sys.argv[2], sys.argv[2:])
"""


def below(profile: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command of ours below a profile."""
    command = [sys.executable, "-c", _LOAD_AND_RUN, str(profile), sys.executable, *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=100, check=False, cwd=ROOT, env=environment(**settings)
    )


def changed(tmp_path: Path, *, without: str = "", more: str = "") -> Path:
    """The profile without a call, or with one more."""
    profile = json.loads(PROFILE.read_text())
    for rule in profile["syscalls"]:
        rule["names"] = [name for name in rule["names"] if name != without]
    profile["syscalls"][0]["names"] += [more] if more else []
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(profile))
    return path


def namespaces(profile: Path) -> str | None:
    """What Hashkeep finds out about namespaces below the profile: None where it can have them."""
    told = below(profile, "-m", "capture.process_probe", "[]")
    assert told.returncode == 0, told.stderr
    found: str | None = json.loads(told.stdout)["namespaces"]
    return found


def test_the_sandboxs_namespaces_can_be_had_because_of_the_calls_that_are_named(tmp_path: Path) -> None:
    assert namespaces(PROFILE) is None
    assert (
        namespaces(changed(tmp_path, without="unshare"))
        == "the system refuses user namespaces (Operation not permitted)"
    )


def test_what_breaks_out_of_containers_is_refused() -> None:
    calls = "lib.mount(b'none', b'/mnt', b'tmpfs', 0, None)", "lib.ptrace(16, 1, 0, 0)", "lib.setns(0, 0)"
    for call in calls:
        told = below(
            PROFILE, "-c", f"import ctypes; lib = ctypes.CDLL(None, use_errno=True); {call}; print(ctypes.get_errno())"
        )
        assert told.stdout == "1\n", (call, told.stderr)


@pytest.fixture
def page() -> Iterator[Site]:
    with running_site() as site:
        site.page("/kept", "Below a profile")
        yield site


def test_a_page_is_captured_in_the_sandbox_below_the_profile(page: Site, tmp_path: Path) -> None:
    # Started by root, Hashkeep mounts a way through root's folders for its workers. The image's user has none.
    profile = changed(tmp_path, more="mount") if is_root() else PROFILE
    told = below(
        profile, "-m", "hashkeep", "capture", page.url("/kept"), "--json", "--out", str(tmp_path / "out"),
        EGRESS_ALLOW="127.0.0.1", CAPTURE_SANDBOX="on",
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    record = json.loads(told.stdout)
    assert (record["verdict"], record["title"]) == ("ok", "Below a profile")
    assert {"screenshot", "html", "wacz"} <= record["artifacts"].keys()
