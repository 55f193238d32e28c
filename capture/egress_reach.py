"""How a vetted address is reached: directly, or through the next hop."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from capture.address import is_public, literal
from capture.egress_accounts import Accounts
from capture.egress_dns import NoLookup, NoSuchHost
from capture.egress_http import CHUNK_BYTES, Target
from capture.egress_next_hop import HopFailed, NextHop, Streams, ask_through
from capture.egress_relay import Upstream

log = logging.getLogger(__name__)

_FIRST_TRY_S = 3.0
"""How long an address may take while the name has others."""


class OverBudget(Exception):
    """The accounts allow no further connection."""


class Reach:
    """Opens connections for one capture. `look_up` is asked for the next hop's own name."""

    def __init__(
        self, accounts: Accounts, hop: NextHop | None, look_up: Callable[[str], Awaitable[tuple[str, ...]]]
    ) -> None:
        self._accounts = accounts
        self._hop = hop
        self._look_up = look_up
        self._complained = False
        self._hop_addresses: frozenset[str] = frozenset()

    def is_hop(self, ip: str, port: int) -> bool:
        """Whether this is the next hop itself: a page has no business with a proxy that trusts this machine."""
        hop = self._hop
        return hop is not None and port == hop.port and (ip == hop.host or ip in self._hop_addresses)

    async def open(self, target: Target, addresses: list[str], plain: bool) -> Upstream:
        """A connection to one of the vetted addresses; `plain` if requests and no tunnel will go through it.

        Addresses that are open only because EGRESS_ALLOW says so are the operator's own network, to which the next hop
        is no way. Raises OSError, HopFailed, or OverBudget.
        """
        last: Exception = TimeoutError()
        hop = self._hop
        if hop:
            # A machine without a way out cannot know which kind leads on from there; every proxy has the older one.
            addresses = sorted(addresses, key=lambda ip: ":" in ip)
        for tried, ip in enumerate(addresses, 1):
            if not self._accounts.connecting():
                raise OverBudget
            more = tried < len(addresses)
            try:
                if hop is None or not _is_public(ip):
                    return Upstream(target, *await self._direct(ip, target.port, more))
                return await self._through(hop, ip, target, plain, more)
            except HopFailed as error:
                last = error
                if error.code.startswith("next_hop") or hop is None or hop.gets == "names":
                    break  # it would say the same of any other address
            except OSError as error:
                last = error
        raise last

    async def _through(self, hop: NextHop, ip: str, target: Target, plain: bool, more: bool) -> Upstream:
        """A connection to the hop on which it was asked for the target."""
        try:
            streams = await self._to_hop(hop)
            wanted = target.host if hop.gets == "names" else ip
            if hop.kind == "http" and hop.gets == "names" and plain:
                return Upstream(target, *streams, hop=hop)
            try:
                async with asyncio.timeout(_FIRST_TRY_S * 2 if more else None):
                    await ask_through(hop, wanted, target.port, streams, self._accounts.budget.connect_s / 2)
            except BaseException:
                streams[1].transport.abort()
                raise
        except HopFailed as error:
            self._complain(hop, error)
            raise
        return Upstream(target, *streams)

    async def _to_hop(self, hop: NextHop) -> Streams:
        try:
            addresses = (hop.host,) if literal(hop.host) else await self._look_up(hop.host)
        except (NoSuchHost, NoLookup):
            raise HopFailed("next_hop_silent", f"there is no address for {hop.host}") from None
        self._hop_addresses |= set(addresses)
        for n, ip in enumerate(addresses, 1):
            with suppress(OSError):  # the last one's is told below, in the words for it
                # Half of what a connection may take, so that a silent hop is not mistaken for a silent target.
                patience = min(_FIRST_TRY_S, self._accounts.budget.connect_s / (2 * len(addresses)))
                return await self._direct(ip, hop.port, n < len(addresses), patience)
        raise HopFailed("next_hop_silent", "it cannot be reached")

    async def _direct(self, ip: str, port: int, more: bool, patience_s: float | None = None) -> Streams:
        patience_s = patience_s or (_FIRST_TRY_S if more else self._accounts.budget.connect_s)
        async with asyncio.timeout(patience_s):
            reader, writer = await asyncio.open_connection(ip, port, limit=CHUNK_BYTES)
        peer = str(writer.get_extra_info("peername")[0])
        if ipaddress.ip_address(peer) != ipaddress.ip_address(ip):
            writer.transport.abort()
            raise ConnectionRefusedError(f"connected to {peer} instead of {ip}")
        return reader, writer

    def _complain(self, hop: NextHop, error: HopFailed) -> None:
        """Tells the operator once in a capture."""
        if error.code.startswith("next_hop") and not self._complained:
            self._complained = True
            log.warning("EGRESS_PROXY (%s): %s", hop.place, error)


def _is_public(ip: str) -> bool:
    address = literal(ip)
    return address is not None and is_public(address)
