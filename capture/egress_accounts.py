"""What one capture may use of the network, and what it did use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

MAX_REMEMBERED = 200
"""Refusals and failing hosts that are kept by name; a hostile page makes thousands. The counts stay exact."""

NAMED_IN_LOG = 3

FailureCode = Literal[
    "private_address", "listed", "no_such_host", "no_lookup", "no_answer", "connection_refused", "connection_lost",
    "next_hop_silent", "next_hop_login", "next_hop_refused",
]  # fmt: skip
Spent = Literal["bytes_down", "bytes_up", "connections", "requests"]


@dataclass(frozen=True)
class Budget:
    """The limits of one capture. Whatever goes beyond one of the first four ends all its traffic."""

    bytes_down: int = 50_000_000
    bytes_up: int = 8_000_000
    connections: int = 1500
    requests: int = 2000
    """Plain requests and tunnels; what is asked for inside a tunnel cannot be seen."""
    open_at_once: int = 96
    """Connections from the browser; one more is closed at once (a browser opens 32)."""
    idle_s: float = 20.0
    """A connection on which nothing moved for so long is cut."""
    connect_s: float = 10.0
    lookup_s: float = 5.0


@dataclass(frozen=True)
class Refusal:
    """A connection that was refused: by the address rule (`private_address`) or by the blocklist (`listed`)."""

    host: str
    port: int
    why: str


@dataclass(frozen=True)
class EgressReport:
    """What went through one capture's proxy."""

    bytes_down: int = 0
    bytes_up: int = 0
    connections: int = 0
    denied: int = 0
    """Connections refused because of the address rule; `refusals` names the first of them."""
    listed: int = 0
    """Connections refused because the host is on the blocklist: no attack, so not among the denied."""
    refusals: tuple[Refusal, ...] = ()
    """The first of both kinds."""
    failures: Mapping[str, FailureCode] = field(default_factory=lambda: MappingProxyType({}))
    """Hosts that gave nothing at all, and why; oldest first."""
    spent: Spent | None = None
    """The part of the budget that was used up, if one was."""

    def __str__(self) -> str:
        """For the log: sums, and the first few that were refused."""
        said = f"{self.connections} connections, {self.bytes_down} bytes down, {self.bytes_up} up"
        if self.refusals:
            named = ", ".join(f"{each.host}:{each.port} ({each.why})" for each in self.refusals[:NAMED_IN_LOG])
            said += f", {self.denied + self.listed} refused: {named}"
        return f"{said}, no {self.spent} left" if self.spent else said


class Accounts:
    """Keeps a capture's accounts while it runs."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.spent: Spent | None = None
        self._down = self._up = self._connections = self._requests = self._denied = self._listed = 0
        self._refusals: list[Refusal] = []
        self._failures: dict[str, FailureCode] = {}

    def came_down(self, host: str, size_bytes: int) -> bool:
        """Counts bytes from a host, which therefore answers; False if they were too many."""
        self._down += size_bytes
        self._failures.pop(host, None)
        return self._within(self._down <= self.budget.bytes_down, "bytes_down")

    def went_up(self, size_bytes: int) -> bool:
        """Counts bytes towards the network; False if they were too many."""
        self._up += size_bytes
        return self._within(self._up <= self.budget.bytes_up, "bytes_up")

    def connecting(self) -> bool:
        """Counts a connection; False if it was one too many."""
        if self._connections >= self.budget.connections:
            return self._within(False, "connections")
        self._connections += 1
        return self.spent is None

    def asking(self) -> bool:
        """Counts a request; False if it was one too many."""
        if self._requests >= self.budget.requests:
            return self._within(False, "requests")
        self._requests += 1
        return self.spent is None

    def refused(self, host: str, port: int) -> None:
        """Notes a refusal by the address rule."""
        self._denied += 1
        self._refused(host, port, "private_address")

    def listed(self, host: str, port: int) -> None:
        """Notes a refusal by the blocklist."""
        self._listed += 1
        self._refused(host, port, "listed")

    def _refused(self, host: str, port: int, why: Literal["private_address", "listed"]) -> None:
        if len(self._refusals) < MAX_REMEMBERED:
            self._refusals.append(Refusal(host, port, why))
        self.failed(host, why)

    def failed(self, host: str, code: FailureCode) -> None:
        """Notes why nothing came from a host; the newest reason counts."""
        self._failures.pop(host, None)
        if len(self._failures) < MAX_REMEMBERED:
            self._failures[host] = code

    def report(self) -> EgressReport:
        """The accounts as they stand."""
        return EgressReport(
            self._down, self._up, self._connections, self._denied, self._listed, tuple(self._refusals),
            MappingProxyType(dict(self._failures)), self.spent,
        )  # fmt: skip

    def _within(self, fine: bool, what: Spent) -> bool:
        if not fine and self.spent is None:
            self.spent = what
        return self.spent is None
