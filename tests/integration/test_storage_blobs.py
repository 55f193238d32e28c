"""Files are kept once, whole, and are checked when read."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from storage.blobs import CHUNK_BYTES, BlobDamaged, BlobStore


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


def write(tmp_path: Path, data: bytes, name: str = "file") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, 7 * CHUNK_BYTES + 13])
async def test_what_is_put_in_comes_out(store: BlobStore, tmp_path: Path, size: int) -> None:
    data = (b"hashkeep" * (size // 8 + 1))[:size]
    ref = await store.put_file(write(tmp_path, data))
    assert (ref.sha256, ref.size_bytes) == (hashlib.sha256(data).hexdigest(), size)
    assert await store.read(ref.sha256) == data
    await store.copy_to(ref.sha256, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data
    assert files(tmp_path) == [tmp_path / "blobs" / ref.sha256[:2] / ref.sha256[2:4] / ref.sha256]


async def test_the_same_bytes_are_kept_once_also_by_many_at_once(store: BlobStore, tmp_path: Path) -> None:
    paths = [write(tmp_path, b"same bytes" * 200_000, f"file{n}") for n in range(6)]
    refs = await asyncio.gather(*map(store.put_file, paths))
    assert len(set(refs)) == 1
    assert len(files(tmp_path)) == 1
    assert await store.read(refs[0].sha256) == b"same bytes" * 200_000


async def test_a_damaged_blob_is_not_given_out_and_is_mended_by_the_next_put(store: BlobStore, tmp_path: Path) -> None:
    path = write(tmp_path, b"good bytes")
    ref = await store.put_file(path)
    (kept,) = files(tmp_path)
    kept.write_bytes(b"evil")
    with pytest.raises(BlobDamaged):
        await store.read(ref.sha256)
    with pytest.raises(BlobDamaged):
        await store.copy_to(ref.sha256, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    await store.put_file(path)
    assert await store.read(ref.sha256) == b"good bytes"


async def test_a_file_that_changes_while_it_is_kept_is_not_kept(
    store: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, b"before")
    monkeypatch.setattr("storage.blobs._digest", lambda _: (hashlib.sha256(b"other").hexdigest(), 5))
    with pytest.raises(BlobDamaged):
        await store.put_file(path)
    assert files(tmp_path) == []


async def test_what_is_not_there(store: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await store.read("0" * 64)
    with pytest.raises(FileNotFoundError):
        await store.copy_to("0" * 64, tmp_path / "copy")
    with pytest.raises(FileNotFoundError):
        await store.put_file(tmp_path / "nothing")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "AB" * 32, "a" * 63])
async def test_a_name_is_a_hash_and_nothing_else(store: BlobStore, name: str) -> None:
    with pytest.raises(ValueError, match="blob"):
        await store.read(name)
