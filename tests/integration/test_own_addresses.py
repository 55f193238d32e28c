"""The machine's own public addresses, in a network of the test's own where they can be given and taken away."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from tests.harness import ROOT, environment

_TRIED = """
import subprocess
from capture.address import AddressRule

def ip(*words):
    subprocess.run(["ip", *words], check=True)

rule = AddressRule()
ip("link", "set", "lo", "up")
ip("address", "add", "93.184.216.34/32", "dev", "lo")
ip("-6", "address", "add", "2606:2800:220:1::5/128", "dev", "lo", "nodad")
told = [rule.allows(each, "x.example", 443) for each in (
    "93.184.216.34", "93.184.216.35", "2606:2800:220:1::5", "2606:2800:220:1::6", "93.184.217.1")]
ip("address", "add", "93.184.217.1/32", "dev", "lo")
told.append(rule.allows("93.184.217.1", "x.example", 443))
ip("address", "del", "93.184.216.34/32", "dev", "lo")
told.append(rule.allows("93.184.216.34", "x.example", 443))
print(told)
"""


def _namespaces() -> bool:
    if sys.platform != "linux" or not shutil.which("unshare") or not shutil.which("ip"):
        return False
    trial = ["unshare", "--user", "--map-root-user", "--net", "ip", "link", "set", "lo", "up"]
    return subprocess.run(trial, capture_output=True).returncode == 0


@pytest.mark.skipif(not _namespaces(), reason="this machine gives no network of one's own to play with")
def test_own_addresses_are_closed_as_soon_as_an_interface_has_them() -> None:
    """Asked anew at every connection: interfaces come and go."""
    told = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-c", _TRIED],
        cwd=ROOT, env=environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == str([False, True, False, True, True, False, True])
