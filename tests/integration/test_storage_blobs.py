"""Files are kept once, whole, and are checked when read, wherever they lie."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from storage.blobs import CHUNK_BYTES, BlobDamaged, key
from tests.integration.blob_places import Place


def write(tmp_path: Path, data: bytes, name: str = "file") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, 21 * CHUNK_BYTES + 13])
async def test_what_is_put_in_comes_out(place: Place, tmp_path: Path, size: int) -> None:
    data = (b"hashkeep" * (size // 8 + 1))[:size]
    ref = await place.store.put_file(write(tmp_path, data))
    assert (ref.sha256, ref.size_bytes) == (hashlib.sha256(data).hexdigest(), size)
    assert await place.store.read(ref.sha256) == data
    await place.store.copy_to(ref.sha256, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data
    assert place.keys() == [f"{ref.sha256[:2]}/{ref.sha256[2:4]}/{ref.sha256}"]
    listed = [blob async for blob in place.store.listed()]
    assert [(blob.sha256, blob.size_bytes) for blob in listed] == [(ref.sha256, size)]
    assert await place.store.answers()


async def test_the_same_bytes_are_kept_once_also_by_many_at_once(place: Place, tmp_path: Path) -> None:
    paths = [write(tmp_path, b"same bytes" * 200_000, f"file{n}") for n in range(6)]
    refs = await asyncio.gather(*map(place.store.put_file, paths))
    assert len(set(refs)) == 1
    assert len(place.keys()) == 1
    assert await place.store.read(refs[0].sha256) == b"same bytes" * 200_000


async def test_a_damaged_blob_is_not_given_out_and_is_mended_by_the_next_put(place: Place, tmp_path: Path) -> None:
    path = write(tmp_path, b"good bytes")
    ref = await place.store.put_file(path)
    place.write(key(ref.sha256), b"evil")
    with pytest.raises(BlobDamaged):
        await place.store.read(ref.sha256)
    with pytest.raises(BlobDamaged):
        await place.store.copy_to(ref.sha256, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    await place.store.put_file(path)
    assert await place.store.read(ref.sha256) == b"good bytes"


@pytest.mark.parametrize("size", [6, 9 * CHUNK_BYTES])
async def test_a_file_that_changes_while_it_is_kept_is_not_kept(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    path = write(tmp_path, b"b" * size)
    monkeypatch.setattr("storage.blobs._digest", lambda _: (hashlib.sha256(b"other").hexdigest(), size))
    with pytest.raises(BlobDamaged):
        await place.store.put_file(path)
    assert place.keys() == []


async def test_what_is_not_there(place: Place, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await place.store.read("0" * 64)
    with pytest.raises(FileNotFoundError):
        await place.store.copy_to("0" * 64, tmp_path / "copy")
    with pytest.raises(FileNotFoundError):
        await place.store.put_file(tmp_path / "nothing")
    assert not (tmp_path / "copy").exists()
    assert place.keys() == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "AB" * 32, "a" * 63])
async def test_a_name_is_a_hash_and_nothing_else(place: Place, name: str) -> None:
    with pytest.raises(ValueError, match="blob"):
        await place.store.read(name)


@pytest.mark.parametrize("size", [10, 9 * CHUNK_BYTES])
async def test_blobs_go_from_one_store_to_another_once_and_whole(place: Place, tmp_path: Path, size: int) -> None:
    data = b"g" * size
    ref = await place.store.put_file(write(tmp_path, data))
    other = place.another()
    assert await other.store.copy_from(place.store, ref.sha256, size)
    assert not await other.store.copy_from(place.store, ref.sha256, size), "it is there"
    assert await other.store.read(ref.sha256) == data
    place.write(key(ref.sha256), b"d" * size)
    third = place.another()
    with pytest.raises(BlobDamaged):
        await third.store.copy_from(place.store, ref.sha256, size)
    with pytest.raises(FileNotFoundError):
        await third.store.copy_from(place.store, "0" * 64, size)
    assert third.keys() == []


async def test_files_of_other_names_are_nobodys(place: Place, tmp_path: Path) -> None:
    ref = await place.store.put_file(write(tmp_path, b"mine"))
    for path in ("notes.txt", f"{ref.sha256[:2]}/{ref.sha256}", f"zz/zz/{ref.sha256}"):
        place.write(path, b"letters")
    assert [blob.sha256 async for blob in place.store.listed()] == [ref.sha256]
