"""A row of the table of attacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.hostile.server import Behaviour

REFUSED = frozenset({"refused/private_address"})
OK = frozenset({"ok"})


@dataclass(frozen=True)
class Case:
    """An attack, and what must happen. In every case: no hit on a canary, nothing left, the next page is kept well."""

    name: str
    kind: str
    behaviour: Behaviour
    outcome: frozenset[str] = OK
    """`verdict`, `verdict/code`, or `died:reason`, any of which is right."""
    picture: bool = False
    """Whether there must be a screenshot."""
    denied: int = 0
    """Connections that the proxy must have refused, at least."""
    absent: tuple[str, ...] = ()
    """Words that may stand in no file of the capture, nor in its title."""
    present: str = ""
    """Words that must be among those of the page: the attack ran, or its defeat was noticed."""
    title: Callable[[str | None], bool] | None = None
    deadline_s: float = 25.0
    url: str = ""
    """The address in place of that of its folder on the site."""
    real: bool = True
    """Whether the way leads inside where no rule holds it back; the control test proves it."""


def one_of(*words: str) -> frozenset[str]:
    """Outcomes, any of which is right."""
    return frozenset(words)
