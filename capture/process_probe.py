"""`python -m capture.process_probe`: what this machine allows for the boundary around a worker, tried and not guessed.

Takes the needed folders as a JSON list and prints a JSON object: `users` and `namespaces`, each with null where it
works and a sentence where it does not. It ends before anything else is started, so that nothing of the trial stays.
"""

from __future__ import annotations

import json
import os
import sys

from capture.process_user import USERS, become, is_root, open_way, why_no_namespaces


def why_no_users(needed: list[str]) -> str | None:
    """Why root cannot give workers a user of their own here; None if it can, or need not. Makes this process one."""
    if not is_root():
        return None
    try:
        open_way(needed)
    except OSError as error:
        return f"folders that only root may enter are on the way, and cannot be opened for one process ({error})"
    try:
        become(USERS[0])
    except OSError as error:
        return f"root may not become another user ({error.strerror})"
    closed = [path for path in needed if not os.access(path, os.X_OK)]
    return f"other users may not read {closed[0]}" if closed else None


def main() -> None:
    """The entry of the process."""
    users = why_no_users(json.loads(sys.argv[1]))
    print(json.dumps({"users": users, "namespaces": why_no_namespaces()}))


if __name__ == "__main__":
    main()
