"""What the whole run has to say at its end."""

from __future__ import annotations

from typing import Any

from tests.kills import tally


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The kill matrix in one line, if any of it was run."""
    if tally.kills:
        terminalreporter.write_line(tally.line())
