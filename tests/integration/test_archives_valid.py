"""Archives are what others' tools take for valid: py-wacz, warcio's digests, the index that cdxj-indexer would write.

Faults that were put in on purpose are found, so that finding none says something.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from capture.records import ArtifactKind
from tests.harness import ROOT, environment
from tests.site.replaying import PEERS, check_set_up
from tests.site.sample import sample

SCRIPT = ROOT / "tests" / "site" / "validating.py"


def _faults(archives: Sequence[Path]) -> dict[str, list[str]]:
    check_set_up()
    command = [PEERS / "venv/bin/python", SCRIPT, *archives]
    ended = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = json.loads(ended.stdout.splitlines()[-1])
    return found


@pytest.mark.timeout(240)
def test_others_tools_find_no_fault() -> None:
    archives = [path for taken, _ in sample()[1].values() if (path := taken.path(ArtifactKind.WACZ))]
    assert len(archives) > 15
    assert {name: faults for name, faults in _faults(archives).items() if faults} == {}


def _with(change: Callable[[str, bytes], bytes | None]) -> Callable[[Path, Path], None]:
    def rewrite(source: Path, target: Path) -> None:
        with zipfile.ZipFile(source) as package, zipfile.ZipFile(target, "w") as changed:
            for name in package.namelist():
                data = change(name, package.read(name))
                if data is not None:
                    changed.writestr(name, data)

    return rewrite


DAMAGE = {
    "a page list that is not the one that was sealed": _with(
        lambda name, data: data + b"\n" if name == "pages/pages.jsonl" else data
    ),
    "a file that is not listed": _with(lambda name, data: data),
    "an index entry that is missing": _with(
        lambda name, data: data.split(b"\n", 1)[1] if name == "indexes/index.cdx" else data
    ),
}


@pytest.mark.timeout(240)
def test_faults_are_found(tmp_path: Path) -> None:
    taken, _ = sample()[1]["post-fetch"]
    archive = taken.path(ArtifactKind.WACZ)
    assert archive
    paths = []
    for number, (name, damage) in enumerate(DAMAGE.items()):
        path = tmp_path / f"{number}.wacz"
        damage(archive, path)
        if name == "a file that is not listed":
            with zipfile.ZipFile(path, "a") as package:
                package.writestr("pages/other.jsonl", "{}")
        paths.append(path)
    whole = tmp_path / "whole.wacz"
    shutil.copy(archive, whole)
    found = _faults([*paths, whole])
    assert [bool(found[str(path)]) for path in [*paths, whole]] == [True, True, True, False], found
