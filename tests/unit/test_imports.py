"""What the process that holds the token loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_main_process_does_not_load_what_drives_browsers() -> None:
    words = (
        "import sys, hashkeep.run; print([m for m in ('playwright', 'trafilatura', 'pypdfium2') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
