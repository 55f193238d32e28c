"""Hostile pages on a machine whose routes do lead to private networks: not one packet goes there.

In network namespaces of its own, so that the addresses are real and nothing of this machine's network is touched. No
address is allowed, names are looked up by the system's own resolver, and packets are counted at the wire.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.harness import ROOT, environment
from tests.hostile import summary
from tests.hostile.far import NEAR, SITE

IGMP = "224.0.0.22"
"""Where a kernel says which groups its programs listen to: no page has a word in it."""


@cache
def obstacle() -> str:
    """Why there can be no such namespaces here; empty when there can."""
    if os.geteuid() != 0:
        return "only root can make network namespaces"
    if missing := [name for name in ("unshare", "ip", "mount") if not shutil.which(name)]:
        return f"{', '.join(missing)} is missing"
    made = "mount --bind /etc/hostname /etc/resolv.conf && ip link add a-wire type veth peer name b-wire"
    tried = subprocess.run(
        ["unshare", "--net", "--mount", "sh", "-c", made], capture_output=True, text=True, check=False
    )
    return f"no network namespace can be made: {tried.stderr.strip()}" if tried.returncode else ""


@pytest.mark.timeout(300)
async def test_no_packet_reaches_a_private_network(tmp_path: Path) -> None:
    if reason := obstacle():
        pytest.skip(reason)
    process = await asyncio.create_subprocess_exec(
        "unshare", "--net", "--mount", "--kill-child", sys.executable, "-m", "tests.hostile.near", str(tmp_path),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=environment(),
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 280)
    assert process.returncode == 0, err.decode()[-3000:]
    found: dict[str, Any] = json.loads(out)
    inside = sum(count for address, count in found["packets"].items() if address not in (SITE, IGMP))
    summary.SUM.others.append(
        f"with routes to private networks: {found['captures']} captures, {inside} packets there, "
        f"{found['denied']} connections refused"
    )
    assert found["packets"].keys() <= {SITE, IGMP}
    assert [hit for hit in found["hits"] if not hit.startswith(SITE)] == []
    assert found["own_hits"] == 0, "the machine's own public address was reached"
    told = found["told"]
    straight = {
        url: end for url, end in told.items() if "/to-" in url or url.startswith(("http://inside", "http://own"))
    }
    assert len(straight) == 7
    assert set(straight.values()) == {"refused/private_address"}
    for name in ("alias.test", "deep.test", "again.rebind.test:8080"):  # which was public when it was asked for first
        assert told[f"http://{name}/ordinary/"] == "refused/private_address", name
    # By its public address alone, and pages that try everything are kept all the same.
    for url in ("http://mixed.test:8080/ordinary/", "http://site.test:8080/ordinary/", f"http://{SITE}:8080/inside/"):
        assert told[url] == "ok"
    assert found["denied"] >= 60
    # Where no rule holds them back, the same pages do send packets to every one of these addresses.
    assert set(found["inside"]) - set(found["reached"]) <= {NEAR}
    assert found["own_hits_when_allowed"] > 0
