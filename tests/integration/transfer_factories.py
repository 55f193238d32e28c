"""Archives brought in and written out as the command line does it."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storage import transfers
from storage.blobs_folder import FolderBlobs
from storage.formats.reading import Wish
from storage.formats.records import ExportFormat
from storage.quotas import DEFAULT, Quota
from storage.transfers_running import Export, run_import
from storage.transfers_staging import Staged, Staging
from tests.integration.storage_factories import CHAT, OTHER_CHAT

AT = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
PAGE = (
    b'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
    b"content=\"default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'\"></head><body>kept"
)


def refuse_private(url: str) -> str | None:
    return "private" if "127.0.0.1" in url or not url.lower().startswith(("http://", "https://")) else None


async def bring_in(
    opened: Path,
    path: Path,
    chat_id: int = OTHER_CHAT,
    wish: Wish | None = None,
    quota: Quota = DEFAULT,
    **payload: Any,
) -> tuple[transfers.TransferView, Staged]:
    """Imports a file as the command line does."""
    root = opened / "transfers"
    await transfers.archive_for(chat_id, "supergroup", "Foxes", "en")
    view = await transfers.make(
        chat_id, "import", "", "asked", {"by_name": "Importer", **payload}, chat_id=chat_id,
        person_id=77,
    )  # fmt: skip
    assert view
    folder = transfers.folder_of(root, view.transfer_id)
    folder.mkdir(parents=True)
    (folder / "upload").write_bytes(path.read_bytes())
    staged = Staging(folder, refuse_private, wish).run(folder / "upload")
    header = json.loads((folder / "header.json").read_text())
    await transfers.note(
        view.transfer_id, payload={"has_files": staged.has_files, "from_chat": header["chat_id"]}, total=staged.entries
    )
    assert await transfers.move(view.transfer_id, "asked", "running")
    assert await run_import(view.transfer_id, root, FolderBlobs(opened / "blobs"), quota=quota)
    done = await transfers.find(view.transfer_id)
    assert done
    assert done.state == "done"
    return done, staged


async def write_out(opened: Path, form: ExportFormat, chat_id: int = CHAT, person_id: int | None = None) -> Path:
    folder = opened / f"out-{chat_id}-{form}"
    folder.mkdir(exist_ok=True)
    (path,) = await Export(chat_id, form, FolderBlobs(opened / "blobs"), person_id=person_id).run(
        folder, "archive", at=AT
    )
    return path


def links_of(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as package:
            return list(json.loads(package.read("hashkeep.json"))["links"])
    return list(json.loads(path.read_text(encoding="utf-8"))["links"])
