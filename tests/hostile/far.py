"""`python -m tests.hostile.far`: all that lies behind the only wire of a machine, in a network namespace of its own.

One public address has the hostile site. Every private, shared, reserved and link-local address is here as well, and
answers on common ports; every packet to one of them is counted, whatever it is.
"""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import json
import socket
import struct
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable

from tests.hostile.canaries import Datagrams, Hit, friendly
from tests.hostile.cases import CASES
from tests.hostile.server import Behaviour, HostileServer, html

SITE, SITE_PORT, CANARY_PORT = "11.22.33.44", 8080, 80
"""The site's address is one that the address rule takes for public. It leads nowhere but here."""

NEAR, NEAR_V6, FAR_V6 = "11.22.33.1", "2606:4700::1", "2606:4700::2"
RANGES = (
    "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/5", "168.63.129.16/32",
    "fc00::/7", "fec0::/10", "64:ff9b::/96", "64:ff9b:1::/48", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
)  # fmt: skip
INSIDE = (
    "169.254.169.254", "10.0.0.1", "192.168.1.1", "[fd00::1]", "100.64.0.1", "172.16.0.1", "[fd00:ec2::254]",
    "198.18.0.1", "192.0.2.7", "[64:ff9b::a00:1]", "168.63.129.16", "[2002:a00:1::]", "240.0.0.1", "[fec0::1]",
    "[2001:db8::1]", NEAR,
)  # fmt: skip
"""What the pages are told to ask for, one after the other; the last is the public address of the machine itself."""

_PORTS = (CANARY_PORT, 443, 3478, 8443)
_ETH_P_ALL = 3
_NEIGHBOURS = range(130, 144)
"""ICMPv6: who is there and which groups they listen to; nobody's choice."""


def here(address: str) -> str:
    """As it stands in an address, without a port."""
    return address.strip("[]")


class Wire:
    """Counts the packets that come over the wire, by destination; those for the site's port are no business of it."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
        self._socket.bind(("wire", 0))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            data, (_, protocol, packet_type, *_) = self._socket.recvfrom(200)
            if packet_type == socket.PACKET_OUTGOING:
                continue
            if protocol == 0x0800:
                to, port = str(ipaddress.ip_address(data[16:20])), data[(data[0] & 15) * 4 + 2 :][:2]
                if (to, port) != (SITE, struct.pack("!H", SITE_PORT)):
                    self.seen[to] += 1
            elif protocol == 0x86DD and not (data[6] in (0, 58) and self._is_neighbourly(data)):
                self.seen[str(ipaddress.ip_address(data[24:40]))] += 1

    @staticmethod
    def _is_neighbourly(data: bytes) -> bool:
        return data[6] == 0 or data[40] in _NEIGHBOURS


def ip(words: str) -> None:
    """Changes this namespace's network."""
    subprocess.run(["ip", *words.split()], check=True)


def plug_in() -> None:
    """Takes all the addresses."""
    for words in ("link set lo up", f"address add {SITE}/24 dev wire", f"-6 address add {FAR_V6}/64 dev wire nodad"):
        ip(words)
    ip("link set wire up")
    for block in RANGES:
        ip(f"{'-6' if ':' in block else '-4'} route add local {block} dev lo")


async def listen(hits: list[Hit]) -> None:
    """Canaries on every address."""
    loop = asyncio.get_running_loop()
    for port in _PORTS:
        for host in ("0.0.0.0", "::"):
            await asyncio.start_server(lambda reader, writer: friendly(reader, writer, hits), host, port)
        await loop.create_datagram_endpoint(lambda: Datagrams(hits), local_addr=("::", port))  # IPv4's as well


def filler() -> Callable[[str], str]:
    """Puts addresses into the pages: each mention of the inside is another address of it."""
    turns = itertools.count()
    known = {
        "%SITE%": f"{SITE}:{SITE_PORT}", "%SITE_PORT%": str(SITE_PORT), "%OWN%": f"{NEAR}:{CANARY_PORT}",
        "%SIX%": f"[fd00::1]:{CANARY_PORT}", "%PORT%": str(CANARY_PORT),
    }  # fmt: skip

    def fill(text: str) -> str:
        while "%IN%" in text:
            text = text.replace("%IN%", f"{INSIDE[next(turns) % len(INSIDE)]}:{CANARY_PORT}", 1)
        for place, value in known.items():
            text = text.replace(place, value)
        return text

    return fill


def pages() -> dict[str, Behaviour]:
    """The whole table, one page that asks for every address in many ways, and one that goes to each."""
    made = {case.name: case.behaviour for case in CASES}
    made["ordinary"] = html("<p>It has nothing to hide.</p>", title="An ordinary page")
    made["inside"] = html("".join(_ways_to(address) for address in INSIDE))
    for number, address in enumerate(INSIDE):
        script = f"<script>location = 'http://{address}/'</script>"
        made[f"to-{number}"] = html("", f"Refresh: 0;url=http://{address}/", head=script)
    return made


def _ways_to(address: str) -> str:
    return (
        f"<img src='http://{address}/img'><iframe src='http://{address}:443/frame'></iframe><script>"
        f"fetch('https://{address}/').catch(() => 0); new WebSocket('ws://{address}/');"
        f"fetch('http://{address}:8443/', {{mode: 'no-cors'}}).catch(() => 0);"
        f"new RTCPeerConnection({{iceServers: [{{urls: 'stun:{address}:3478'}}], iceCandidatePoolSize: 2}})"
        ".createDataChannel('x')</script>"
    )


async def main() -> None:
    """Sets the addresses up, says `ready`, and answers each line of its input with a count; ends with its input."""
    plug_in()
    wire, hits = Wire(), list[Hit]()
    await listen(hits)
    site = HostileServer(pages(), SITE, SITE_PORT)
    site.fill = filler()
    print("ready", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        said = [f"{hit.where} {hit.path}" for hit in hits]
        print(json.dumps({"hits": said, "packets": dict(wire.seen), "asked": len(site.asked)}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
