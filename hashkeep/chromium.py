"""Where the browser is."""

from __future__ import annotations

import os
from pathlib import Path

from hashkeep.settings import Settings, WrongSettings

_CHECKOUT = Path(__file__).resolve().parent.parent
_SYSTEM = ("/usr/lib/chromium/chromium-headless-shell", "/usr/bin/chromium-headless-shell")
_FETCHED = "chromium_headless_shell-*/*/*headless[-_]shell"
"""Playwright's layout below its folder of browsers, Linux and macOS alike."""


def find_chromium(settings: Settings) -> Path:
    """The headless shell to use: CHROMIUM_PATH, the system's, or the one that the set-up fetched.

    Raises WrongSettings when there is none.
    """
    if settings.chromium_path:
        return settings.chromium_path.absolute()
    browsers = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or _CHECKOUT / ".local" / "browsers")
    for path in (*map(Path, _SYSTEM), *sorted(browsers.glob(_FETCHED), reverse=True)):
        if os.access(path, os.X_OK):
            return path
    raise WrongSettings(
        "CHROMIUM_PATH: no Chromium headless shell was found. Run `make setup`, or write the path of one."
    )
