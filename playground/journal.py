"""What survives a restart: JSON documents by kind and key, in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    """A document is on disk when `put` returns: what the server acknowledged, a killed server still knows."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._lock = threading.Lock()  # pictures are scaled, and then kept, in threads
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")  # safe against a killed process, which is what tests do
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS documents"
            " (kind TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )

    def put(self, kind: str, key: str | int, body: Any) -> None:
        """Keeps a document in place of an earlier one."""
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", (kind, str(key), text))

    def remove(self, kind: str, key: str | int) -> None:
        """Forgets a document."""
        with self._lock:
            self._db.execute("DELETE FROM documents WHERE kind = ? AND key = ?", (kind, str(key)))

    def get(self, kind: str, key: str | int, default: Any = None) -> Any:
        """One document."""
        query = "SELECT body FROM documents WHERE kind = ? AND key = ?"
        with self._lock:
            row = self._db.execute(query, (kind, str(key))).fetchone()
        return json.loads(row[0]) if row else default

    def all(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Every document of a kind with its key, in no order."""
        with self._lock:
            rows = self._db.execute("SELECT key, body FROM documents WHERE kind = ?", (kind,)).fetchall()
        for key, body in rows:
            yield key, json.loads(body)

    def close(self) -> None:
        """Closes the file."""
        self._db.close()
