"""What one capture may use of the network, and what it did use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

MAX_REMEMBERED = 200
"""Refusals and failing hosts that are kept by name; a hostile page makes thousands. The counts stay exact."""

FailureCode = Literal["private_address", "no_such_host", "no_answer", "connection_refused", "connection_lost"]
Spent = Literal["bytes_down", "bytes_up", "connections"]


@dataclass(frozen=True)
class Budget:
    """The limits of one capture. Whatever goes beyond one of the first three ends all its traffic."""

    bytes_down: int = 50_000_000
    bytes_up: int = 8_000_000
    connections: int = 1500
    open_at_once: int = 96
    """Connections from the browser; one more is closed at once (a browser opens 32)."""
    idle_s: float = 20.0
    """A connection on which nothing moved for so long is cut."""
    connect_s: float = 10.0
    lookup_s: float = 5.0


@dataclass(frozen=True)
class Refusal:
    """A connection that the address rule refused."""

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
    refusals: tuple[Refusal, ...] = ()
    failures: Mapping[str, FailureCode] = field(default_factory=lambda: MappingProxyType({}))
    """Hosts that gave nothing at all, and why; oldest first."""
    spent: Spent | None = None
    """The part of the budget that was used up, if one was."""


class Accounts:
    """Keeps a capture's accounts while it runs."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.spent: Spent | None = None
        self._down = self._up = self._connections = self._denied = 0
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

    def refused(self, host: str, port: int) -> None:
        """Notes a refusal by the address rule."""
        self._denied += 1
        if len(self._refusals) < MAX_REMEMBERED:
            self._refusals.append(Refusal(host, port, "private_address"))
        self.failed(host, "private_address")

    def failed(self, host: str, code: FailureCode) -> None:
        """Notes why nothing came from a host; the newest reason counts."""
        self._failures.pop(host, None)
        if len(self._failures) < MAX_REMEMBERED:
            self._failures[host] = code

    def report(self) -> EgressReport:
        """The accounts as they stand."""
        return EgressReport(
            self._down, self._up, self._connections, self._denied, tuple(self._refusals),
            MappingProxyType(dict(self._failures)), self.spent,
        )  # fmt: skip

    def _within(self, fine: bool, what: Spent) -> bool:
        if not fine and self.spent is None:
            self.spent = what
        return self.spent is None
