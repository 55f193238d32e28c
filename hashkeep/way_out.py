"""Tries the way out that pages will have, as a capture would: for `hashkeep doctor`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from capture.egress import EgressProxy
from capture.egress_accounts import FailureCode
from capture.egress_next_hop import NextHop
from hashkeep.settings import Settings

_ASKED = "example.com"
"""Kept by IANA for such uses (RFC 2606)."""
_PATIENCE_S = 20.0
_TRIES = (
    ("https", f"CONNECT {_ASKED}:443 HTTP/1.1\r\n\r\n"),
    ("plain http", f"HEAD http://{_ASKED}/ HTTP/1.1\r\n\r\n"),
)

_NEEDS_NAMES = (
    "Names are looked up here before they are handed on. Give this machine a name server that knows public names "
    "(/etc/resolv.conf); docs/security.md says why."
)
_WHAT: dict[FailureCode, tuple[str, str]] = {
    "no_lookup": (
        f"no name server of this machine answers for {_ASKED}",
        _NEEDS_NAMES,
    ),
    "no_such_host": (
        f"the name servers of this machine do not know {_ASKED}",
        _NEEDS_NAMES,
    ),
    "next_hop_silent": ("it does not answer", "Is it running, and is its kind right (http or socks5)? EGRESS_PROXY."),
    "next_hop_login": ("it does not let us in", "Check the user and the password in EGRESS_PROXY."),
    "next_hop_refused": (
        f"it refuses {_ASKED}",
        "Some proxies want names, and requests instead of tunnels for plain http: EGRESS_PROXY_GETS=names.",
    ),
}


@dataclass(frozen=True)
class WayOut:
    """What the trial found; `trouble` and `do` are empty when all is well."""

    trouble: str = ""
    do: str = ""


async def try_way_out(settings: Settings, hop: NextHop) -> WayOut:
    """Asks the next hop for one public host, as https and as plain http."""
    for kind, asked in _TRIES:
        async with EgressProxy(settings.address_rule, next_hop=hop) as proxy:
            answered = await _say(proxy.port, asked)
            code = proxy.report.failures.get(_ASKED)
        if code or not answered:
            unknown = f"{_ASKED} is not reached ({code or 'no_answer'})", "Does it lead to the web?"
            what, do = _WHAT.get(code, unknown) if code else unknown
            return WayOut(f"{what} ({kind})", do)
    return WayOut()


async def _say(port: int, text: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            writer.write(text.encode())
            return await reader.readline()
    except (TimeoutError, ConnectionError):
        return b""
    finally:
        writer.close()
