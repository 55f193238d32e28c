"""`python bench/peers/player.py FOLDER`: fetches ReplayWeb.page's player, two static files of an npm package.

What comes is checked against package-lock.json beside this file, so no Node.js is needed. The registry is npm's own, or
the one that `npm_config_registry` or ~/.npmrc names.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import sys
import tarfile
import urllib.request
from pathlib import Path

PACKAGE = "replaywebpage"
FILES = ("ui.js", "sw.js", "LICENSE")
TIMEOUT_S = 60.0
VARIABLES = ("npm_config_registry", "NPM_CONFIG_REGISTRY")


def registry() -> str:
    """The address of the npm registry, without a slash at its end."""
    named = next((os.environ[name] for name in VARIABLES if os.environ.get(name)), None)
    settings = Path.home() / ".npmrc"
    if not named and settings.exists():
        pairs = (line.partition("=") for line in settings.read_text("utf-8").splitlines())
        named = next((value.strip() for name, _, value in pairs if name.strip() == "registry"), None)
    return (named or "https://registry.npmjs.org").rstrip("/")


def fetch(folder: Path) -> None:
    """Writes the player's files. Raises OSError, or ValueError if they are not those of the lock file."""
    lock = json.loads((Path(__file__).parent / "package-lock.json").read_text("utf-8"))
    wanted = lock["packages"][f"node_modules/{PACKAGE}"]
    url = f"{registry()}/{PACKAGE}/-/{PACKAGE}-{wanted['version']}.tgz"
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
        data = answer.read()
    kind, _, digest = wanted["integrity"].partition("-")
    if hashlib.new(kind, data).digest() != base64.b64decode(digest):
        raise ValueError(f"{url} is not what bench/peers/package-lock.json says")
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(data)) as package:
        for name in FILES:
            file = package.extractfile(f"package/{name}")
            if file is None:
                raise ValueError(f"{url} has no {name}")
            (folder / name).write_bytes(file.read())


if __name__ == "__main__":
    try:
        fetch(Path(sys.argv[1]))
    except (OSError, ValueError, tarfile.TarError) as error:
        sys.exit(f"ReplayWeb.page's player could not be fetched: {error}")
