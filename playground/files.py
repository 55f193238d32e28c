"""Files that bots and people send: kept by content, found by `file_id`, checked as the real server checks them."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import re
from pathlib import Path
from typing import Any

from playground.errors import bad_request
from playground.journal import Journal
from playground.photos import Picture, variants
from playground.records import Json, StoredFile

DOWNLOAD_BYTES = 20_000_000
_PREFIX = {"photo": "AgACAgIAAx", "document": "BQACAgIAAx", "video": "BAACAgIAAx", "sticker": "CAACAgIAAx"}
_FOLDER = {"photo": "photos", "video": "videos", "audio": "music", "voice": "voice", "sticker": "stickers"}
_WORDS = {"photo": "Photo", "video": "Video", "audio": "Audio", "voice": "VoiceNote", "animation": "Animation"}


_DOCUMENT = ("file_id", "file_unique_id", "file_name", "mime_type", "file_size")


class Files:
    """The files of one playground."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        self.folder = folder
        self._journal = journal
        folder.mkdir(parents=True, exist_ok=True)
        self._files = {key: StoredFile.from_json(body) for key, body in journal.all("file")}
        self._by_path = {file.path: file for file in self._files.values()}

    def add(self, kind: str, data: bytes, name: str, media_type: str = "", **details: Any) -> StoredFile:
        """Keeps a file; 400 for an empty one."""
        if not data:
            raise bad_request("file must be non-empty")
        name = _safe_name(name)
        media_type = media_type if media_type not in ("", "application/octet-stream") else _guess(name)
        digest = hashlib.sha256(kind.encode() + b"\0" + name.encode() + b"\0" + data).digest()
        token = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        ending = Path(name).suffix or mimetypes.guess_extension(media_type) or ""
        path = f"{_FOLDER.get(kind, 'documents')}/{token[:16]}{ending}"
        file = StoredFile(
            file_id=_PREFIX.get(kind, "BQACAgQAAx") + token,
            unique_id="AgAD" + token[:11],
            kind=kind,
            name=name,
            media_type=media_type,
            size=len(data),
            path=path,
            **details,
        )
        target = self.folder / path
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(target.name + ".part")
            partial.write_bytes(data)
            partial.replace(target)
        self._remember(file)
        return file

    def add_photo(self, data: bytes) -> StoredFile:
        """Keeps a photo in several sizes and gives the largest, which knows the others; 400 for what is none."""
        return self.keep_photo(variants(data))

    def keep_photo(self, pictures: list[Picture]) -> StoredFile:
        """Keeps a photo whose sizes are made already, the smallest first."""
        stored = [self.add("photo", p.data, p.name, "image/jpeg", width=p.width, height=p.height) for p in pictures]
        ids = tuple(file.file_id for file in stored)
        for file in stored:
            self._remember(StoredFile.from_json({**file.to_json(), "variants": ids}))
        return self._files[ids[-1]]

    def _remember(self, file: StoredFile) -> None:
        if self._files.get(file.file_id) != file:
            self._files[file.file_id] = file
            self._by_path[file.path] = file
            self._journal.put("file", file.file_id, file.to_json())

    def find(self, file_id: str) -> StoredFile | None:
        """The file with the id."""
        return self._files.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        """The file with the path that `getFile` gave."""
        return self._by_path.get(path)

    def again(self, file_id: str, kind: str) -> StoredFile:
        """A file to be sent again by its id; 400 for an unknown one and for one of another kind."""
        if re.match(r"https?://", file_id, re.IGNORECASE):
            raise bad_request("failed to get HTTP URL content")  # the playground fetches nothing
        file = self._files.get(file_id)
        if file is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if file.kind != kind:
            mine, wanted = _WORDS.get(file.kind, "Document"), _WORDS.get(kind, "Document")
            raise bad_request(f"can't use file of type {mine} as {wanted}")
        return self._files[file.variants[-1]] if file.variants else file

    def read(self, file: StoredFile) -> bytes:
        """The bytes."""
        return (self.folder / file.path).read_bytes()

    def photo_sizes(self, file: StoredFile) -> list[Json]:
        """A photo as `Message.photo` shows it."""
        return [_size(self._files[file_id]) for file_id in file.variants]

    def shown(self, file: StoredFile) -> Json:
        """The file's part of a message."""
        if file.kind == "photo":
            return {"photo": self.photo_sizes(file)}
        body = describe(file)
        if file.kind == "animation":  # old programs know animations as documents only
            document = {name: value for name, value in body.items() if name in _DOCUMENT}
            return {"animation": body, "document": document}
        return {file.kind: body}


def _size(file: StoredFile) -> Json:
    return {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "width": file.width,
        "height": file.height,
        "file_size": file.size,
    }


def describe(file: StoredFile) -> Json:
    """A file other than a photo as a message shows it."""
    body: Json = {"file_name": file.name, "mime_type": file.media_type}
    if file.kind in ("video", "animation", "sticker"):
        body |= {"width": file.width or 320, "height": file.height or 240}
    if file.kind in ("video", "animation", "audio", "voice", "video_note"):
        body["duration"] = file.duration
    if file.kind == "video_note":
        body["length"] = file.width or 240
    if file.kind == "sticker":
        body |= {"type": "regular", "is_animated": False, "is_video": False}
    if file.kind in ("sticker", "video_note"):
        body.pop("file_name")
        body.pop("mime_type")
    if file.kind == "voice":
        body.pop("file_name")
    return {
        **body,
        **file.more,
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
    }


def _guess(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _safe_name(name: str) -> str:
    """A file's name without folders and control characters, as the server hands it on."""
    name = re.sub(r"[\x00-\x1f\x7f]", "", name.replace("\\", "/").rpartition("/")[2]).strip()
    return name[-200:] or "file"
