"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def replace(new: Path, old: Path) -> None:
    """Puts a file, lasting on the disk, in the place of another."""
    with new.open("rb+") as file:
        os.fsync(file.fileno())
    new.replace(old)


def write(path: Path, text: str) -> None:
    """Writes a file anew."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text)
    replace(fresh, path)
