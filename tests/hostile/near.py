"""`unshare --net --mount python -m tests.hostile.near FOLDER`: a machine whose routes lead to every private address.

Captures hostile pages there as the product does, with no address allowed and with the system's own resolver, and prints
what the other end of the wire saw, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from capture.address import AddressRule
from capture.egress import Budget
from capture.pool import CapturePool, PoolSettings, WorkerDied
from capture.records import CaptureRequest
from tests.hostile.canaries import Hit, friendly
from tests.hostile.far import CANARY_PORT, FAR_V6, INSIDE, NEAR, NEAR_V6, RANGES, SITE, SITE_PORT, here, ip
from tests.hostile.lane import options
from tests.hostile.names import NameServer

PAGES = ("inside", "ways-all-at-once", "fresh-ways-at-once", "way-webrtc", "way-early-hints", "way-headers-more",
         "way-signed-exchange", "escape-css", "escape-media", "escape-handlers",
         *(f"to-{n}" for n in (0, 3, 6, 15)))  # fmt: skip
NAMES = ("inside.test", "inside6.test", "mixed.test", "alias.test", "deep.test", "own.test", "again.rebind.test")


def zone(name: str, nth: int) -> tuple[str, ...] | None:
    """Names that lead inside: straight, among public addresses, by aliases, and only when asked a second time."""
    fixed: dict[str, tuple[str, ...]] = {
        "site.test": (SITE,), "own.test": (NEAR, NEAR_V6),
        "inside.test": ("10.0.0.1", "192.168.1.1"), "inside6.test": ("fd00::1",),
        "mixed.test": ("10.0.0.1", "169.254.169.254", "fd00::1", SITE, "100.64.0.1"), "alias.test": ("-> inside.test",),
        "deep.test": ("-> a.deep.test",), "a.deep.test": ("-> b.deep.test",), "b.deep.test": ("-> inside.test",),
    }  # fmt: skip
    if name.endswith(".rebind.test"):
        return (SITE,) if nth == 0 else ("10.0.0.1",)
    return fixed.get(name, ())


@asynccontextmanager
async def far_end() -> AsyncIterator[Any]:
    """The other namespace, with a wire to it; gives a function that asks what was seen there."""
    process = await asyncio.create_subprocess_exec(
        "unshare", "--net", "sh", "-c", 'read go && exec "$0" -m tests.hostile.far', sys.executable,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout

    async def ask() -> dict[str, Any]:
        process.stdin.write(b"?\n")
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        found: dict[str, Any] = json.loads(line)
        return found

    own = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{process.pid}/ns/net").readlink() == own:
        await asyncio.sleep(0.01)
    ip("link set lo up")
    ip(f"link add wire0 type veth peer name wire netns {process.pid}")
    ip(f"address add {NEAR}/24 dev wire0")
    ip(f"-6 address add {NEAR_V6}/64 dev wire0 nodad")
    ip("link set wire0 up")
    process.stdin.write(b"go\n")
    assert await asyncio.wait_for(process.stdout.readline(), 30) == b"ready\n"
    ip(f"route add default via {SITE}")
    ip(f"-6 route add default via {FAR_V6}")
    try:
        yield ask
    finally:
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 10)


class Captures:
    """Captures one page after the other."""

    def __init__(self, folder: Path, pool: CapturePool) -> None:
        self._folder = folder
        self._pool = pool
        self.told: dict[str, str] = {}
        self.denied = 0
        self.done = 0

    async def one(self, url: str, deadline_s: float) -> None:
        """One page; how it ended is in `told`."""
        self.done += 1
        folder = self._folder / f"{id(self)}-{self.done}"
        folder.mkdir()
        request = CaptureRequest(
            capture_id=str(self.done), url=url, scratch=folder, deadline_s=deadline_s, options=options()
        )
        try:
            result = await self._pool.capture(request)
        except WorkerDied as death:
            self.told[url] = f"died:{death.reason}"
            return
        self.denied += result.denied
        self.told[url] = f"{result.verdict.value}/{result.error.code}" if result.error else result.verdict.value


async def captures(folder: Path, allow: str, urls: list[str]) -> Captures:
    """The pages in a pool of their own."""
    scratch = folder / f"scratch-{bool(allow)}"
    scratch.mkdir()
    async with CapturePool(PoolSettings(1, "spawn", scratch, AddressRule(allow), Budget())) as pool:
        made = Captures(folder, pool)
        for url in urls:
            started = time.monotonic()
            await made.one(url, 8 if allow else 20)
            print(f"{time.monotonic() - started:.1f} s {url}", file=sys.stderr)
    return made


def use_own_resolver(folder: Path) -> None:
    """The system's look-ups in this mount namespace ask the name server of the test."""
    file = folder / "resolv.conf"
    file.write_text("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
    subprocess.run(["mount", "--bind", str(file), "/etc/resolv.conf"], check=True)


async def main(folder: Path) -> None:
    """Runs it all and prints what came of it."""
    use_own_resolver(folder)
    site = f"http://{SITE}:{SITE_PORT}"
    urls = [f"{site}/{page}/" for page in PAGES]
    urls += [f"http://{name}/ordinary/" for name in NAMES]
    urls += [f"http://{name}:{SITE_PORT}/ordinary/" for name in ("mixed.test", "site.test", "again.rebind.test")]
    async with far_end() as ask:
        own_hits: list[Hit] = []
        own = await asyncio.start_server(lambda reader, writer: friendly(reader, writer, own_hits), NEAR, CANARY_PORT)
        names = NameServer(zone, 53)
        try:
            kept = await captures(folder, "", urls)
            seen = {**await ask(), "own_hits": len(own_hits)}
            # The same with everything allowed: what is counted can happen.
            await captures(
                folder, ",".join((*RANGES, NEAR)), [f"{site}/inside/", "http://alias.test/", "http://own.test/"]
            )
            reached = await ask()
        finally:
            own.close()
            names.close()
    seen["own_hits_when_allowed"] = len(own_hits) - seen["own_hits"]
    told = {"told": kept.told, "denied": kept.denied, "captures": kept.done, **seen}
    print(json.dumps({**told, "reached": sorted(reached["packets"]), "inside": [here(one) for one in INSIDE]}))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
