"""What the hostile tests of a run came to, in words that can be quoted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.hostile.lane import Outcome


@dataclass
class Sum:
    """What all rows came to."""

    kinds: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    hits: int = 0
    refusals: int = 0
    followed: int = 0
    """Rows after which an ordinary page was captured."""
    well: int = 0
    """How many of these were kept well."""
    left: int = 0
    raw: int = 0
    """Raw requests to the proxy."""
    raw_hits: int = 0
    others: list[str] = field(default_factory=list)
    """What tests beside the table have to say."""

    def told(self) -> dict[str, Any]:
        """All of it as plain values, for the process that sums up."""
        return {name: dict(value) if isinstance(value, Counter) else value for name, value in vars(self).items()}

    def add(self, told: dict[str, Any]) -> None:
        """What another process had to tell."""
        for name, value in told.items():
            mine = getattr(self, name)
            if isinstance(mine, Counter):
                mine.update(value)
            else:
                setattr(self, name, mine + value)


SUM = Sum()


def note(outcome: Outcome) -> None:
    """Remembers what came of a row."""
    SUM.kinds[outcome.case.kind] += 1
    SUM.ends[outcome.told] += 1
    SUM.hits += len(outcome.hits)
    SUM.refusals += outcome.result.denied if outcome.result else 0
    SUM.followed += outcome.followed
    SUM.well += outcome.followed and outcome.after == "ok"
    SUM.left += len(outcome.left)


def lines() -> list[str]:
    """The summary; empty when nothing hostile was run."""
    raw = [f"raw requests to the proxy: {SUM.raw}; canary hits: {SUM.raw_hits}"] if SUM.raw else []
    if not SUM.kinds:
        return [*raw, *SUM.others]
    return [
        f"{SUM.kinds.total()} attacks: {_counted(SUM.kinds)}",
        f"canary hits: {SUM.hits}; connections refused: {SUM.refusals}",
        f"next page kept well: {SUM.well} of {SUM.followed}; processes, files, descriptors left: {SUM.left}",
        f"ended as: {_counted(SUM.ends)}",
        *raw,
        *SUM.others,
    ]


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())


def table(outcomes: list[Outcome], file: Path) -> None:
    """Writes a line for each row: how it ended, how long it took, what was refused, what was noted."""
    rows = []
    for outcome in sorted(outcomes, key=lambda outcome: outcome.case.name):
        result = outcome.result
        notes = " ".join(result.notes) if result else ""
        kinds = " ".join(artifact.kind.value for artifact in result.artifacts) if result else ""
        refused = f"refused {result.denied if result else 0:3}"
        rows.append(f"{outcome.case.name:36} {outcome.told:28} {outcome.took_s:5.1f} s  {refused}  [{kinds}] {notes}")
    file.write_text("\n".join([*rows, ""]), "utf-8")
