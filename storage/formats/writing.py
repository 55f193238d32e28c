"""Archives written: link by link, into one file or, where a file may only have so many bytes, into several."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from storage.formats import bookmarks, csv_files, ours, package
from storage.formats.records import SUFFIXES, ArtifactRecord, ExportFormat, Header, LinkRecord

Fetch = Callable[[ArtifactRecord, Path], bool]
"""Writes the bytes of an artifact to a path; False when they are not to be had."""

ROOM_BYTES = 4096
"""Kept of a part for its end."""


class Writer:
    """Writes links into `folder` as `stem.suffix`, or in parts `stem-1.suffix`, `stem-2.suffix` … Blocks: use a thread.

    Every part is a whole file of its format, to be imported by itself.
    """

    def __init__(
        self, folder: Path, stem: str, kind: ExportFormat, header: Header, at: datetime, max_bytes: int | None = None
    ) -> None:
        self.parts: list[Path] = []
        self.left_out: list[tuple[int, int]] = []
        """(number of the link, bytes) of files that are larger than a part may be."""
        self._folder, self._stem, self._kind = folder, stem, kind
        self._header, self._at, self._max_bytes = header, at, max_bytes
        self._part: _Part | None = None

    def write(self, link: LinkRecord, fetch: Fetch | None = None) -> None:
        """Writes one link; of a ZIP with those of its files that `fetch` has."""
        files = self._fetched(link, fetch) if fetch and self._kind == "zip" else []
        try:
            need = sum(path.stat().st_size for _, path in files)
            text = self._text(link)
            need += len(text.encode()) + ROOM_BYTES
            if self._part and self._max_bytes and self._part.size_bytes + need > self._max_bytes:
                self._part.close()
                self._part = None
            part = self._part or self._open()
            part.add(link, text, files)
        finally:
            for _, path in files:
                path.unlink(missing_ok=True)

    def close(self) -> list[Path]:
        """Finishes the last part and gives all of them; an archive without links has one part too."""
        (self._part or self._open()).close()
        if len(self.parts) == 1:
            only = self._folder / f"{self._stem}{SUFFIXES[self._kind]}"
            self.parts = [self.parts[0].replace(only)]
        return self.parts

    def abandon(self) -> None:
        """Closes what is open and removes every part."""
        if self._part:
            self._part.close()
        for path in self.parts:
            path.unlink(missing_ok=True)

    def _text(self, link: LinkRecord) -> str:
        match self._kind:
            case "csv":
                return csv_files.link_csv(link)
            case "bookmarks":
                return bookmarks.link_html(link)
            case _:
                return ours.link_json(link)

    def _fetched(self, link: LinkRecord, fetch: Fetch) -> list[tuple[ArtifactRecord, Path]]:
        """The files of the link that fit into a part, the ones that people look at first."""
        found: list[tuple[ArtifactRecord, Path]] = []
        names: set[str] = set()
        room = self._max_bytes - 2 * ROOM_BYTES if self._max_bytes else None
        artifacts = [artifact for capture in reversed(link.captures) for artifact in capture.artifacts]
        for n, artifact in enumerate(sorted(artifacts, key=lambda each: each.size_bytes)):
            if artifact.sha256 in names:
                continue
            if room is not None and artifact.size_bytes > room:
                self.left_out.append((link.number or 0, artifact.size_bytes))
                continue
            path = self._folder / f".file-{n}"
            if fetch(artifact, path):
                names.add(artifact.sha256)
                found.append((artifact, path))
                room = room - artifact.size_bytes if room is not None else None
            else:
                path.unlink(missing_ok=True)
        return found

    def _open(self) -> _Part:
        path = self._folder / f"{self._stem}-{len(self.parts) + 1}{SUFFIXES[self._kind]}"
        self.parts.append(path)
        part: _Part
        if self._kind == "zip":
            part = _ZipPart(path, self._header, self._at)
        else:
            part = _TextPart(path, self._kind, self._header, self._at)
        self._part = part
        return part


class _Part(Protocol):
    """One file that is being written."""

    @property
    def size_bytes(self) -> int: ...

    def add(self, link: LinkRecord, text: str, files: list[tuple[ArtifactRecord, Path]]) -> None: ...

    def close(self) -> None: ...


class _TextPart:
    def __init__(self, path: Path, kind: ExportFormat, header: Header, at: datetime) -> None:
        self._kind = kind
        self._file: BinaryIO = path.open("wb")
        self._is_first = True
        if kind == "csv":
            self._write(csv_files.head_csv())
        elif kind == "bookmarks":
            self._write(bookmarks.HEAD_HTML)
        else:
            self._write(ours.head_json(header, at))

    @property
    def size_bytes(self) -> int:
        return self._file.tell()

    def add(self, link: LinkRecord, text: str, files: list[tuple[ArtifactRecord, Path]]) -> None:
        if self._kind in ("json", "zip"):
            text = ("\n" if self._is_first else ",\n") + text
        self._is_first = False
        self._write(text)

    def close(self) -> None:
        tails = {"json": ours.TAIL_JSON, "zip": ours.TAIL_JSON, "csv": "", "bookmarks": bookmarks.TAIL_HTML}
        self._write(tails[self._kind])
        self._file.close()

    def _write(self, text: str) -> None:
        self._file.write(text.encode("utf-8", "replace"))


class _ZipPart:
    """The listing and the index are written beside the ZIP and put into it in the end."""

    def __init__(self, path: Path, header: Header, at: datetime) -> None:
        self._packer = package.Packer(path)
        self._json_path = path.with_suffix(".listing")
        self._index_path = path.with_suffix(".index")
        self._json = _TextPart(self._json_path, "json", header, at)
        self._index: BinaryIO = self._index_path.open("wb")
        self._index.write(package.head_index(header.title, at).encode())

    @property
    def size_bytes(self) -> int:
        return self._packer.size_bytes + self._json.size_bytes + self._index.tell()

    def add(self, link: LinkRecord, text: str, files: list[tuple[ArtifactRecord, Path]]) -> None:
        for artifact, path in files:
            self._packer.add(artifact, path)
        self._json.add(link, text, [])
        inside = {package.file_name(a) for c in link.captures for a in c.artifacts if self._packer.has(a)}
        self._index.write(package.link_index(link, inside).encode("utf-8", "replace"))

    def close(self) -> None:
        self._json.close()
        self._index.write(package.TAIL_INDEX.encode())
        self._index.close()
        self._packer.put(package.JSON_NAME, self._json_path)
        self._packer.put(package.INDEX_NAME, self._index_path)
        self._packer.close()
        self._json_path.unlink()
        self._index_path.unlink()
