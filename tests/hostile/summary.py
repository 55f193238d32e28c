"""What the hostile tests of a run came to, in words that can be quoted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.hostile.lane import Outcome

OUTCOMES: list[Outcome] = []
"""Every row that was run."""

OTHERS: list[str] = []
"""What tests beside the table have to say."""


def note(outcome: Outcome) -> None:
    """Remembers what came of a row."""
    OUTCOMES.append(outcome)


def lines() -> list[str]:
    """The summary; empty when nothing hostile was run."""
    if not OUTCOMES:
        return OTHERS
    kinds = Counter(outcome.case.kind for outcome in OUTCOMES)
    ends = Counter(outcome.told for outcome in OUTCOMES)
    followed = [outcome for outcome in OUTCOMES if outcome.followed]
    refusals = sum(outcome.result.denied for outcome in OUTCOMES if outcome.result)
    return [
        f"{len(OUTCOMES)} attacks: {_counted(kinds)}",
        f"canary hits: {sum(len(outcome.hits) for outcome in OUTCOMES)}; connections refused: {refusals}",
        f"next page kept well: {sum(outcome.after == 'ok' for outcome in followed)} of {len(followed)}; "
        f"processes, files, descriptors left: {sum(len(outcome.left) for outcome in OUTCOMES)}",
        f"ended as: {_counted(ends)}",
        *OTHERS,
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
