"""Blobs in a bucket whose server, or whose way there, fails; and sweeps that meet those who keep the same bytes."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from storage import blobs_bucket, clock, garbage
from storage.blobs import BlobDamaged, BlobsAway, key
from storage.blobs_bucket import PART_BYTES, YOUNG, BucketBlobs
from tests.integration.blob_places import BucketPlace, bucket_of
from tests.s3 import S3Server
from tests.s3_proxy import S3Proxy, Trouble, in_front_of

SMALL, LARGE = b"small " * 50_000, b"large piece " * (2 * PART_BYTES // 11)


@pytest_asyncio.fixture
async def proxy(s3: S3Server) -> AsyncIterator[S3Proxy]:
    async with in_front_of(s3.port) as running:
        yield running


@pytest.fixture
def place(s3: S3Server) -> BucketPlace:
    """The bucket as it is, beside the proxy."""
    return BucketPlace(s3)


@pytest.fixture
def store(s3: S3Server, place: BucketPlace, proxy: S3Proxy, monkeypatch: pytest.MonkeyPatch) -> BucketBlobs:
    """The bucket through the proxy, with less patience than in earnest."""
    monkeypatch.setattr(blobs_bucket, "SILENCE_S", 1)
    monkeypatch.setattr(blobs_bucket, "RETRY_S", 2)
    monkeypatch.setattr(blobs_bucket, "LOOK_S", 1)
    return BucketBlobs(bucket_of(s3.environment_for(place.prefix, proxy.port)))


def write(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("trouble", ["drop", "503", "hang", "cut uploads"])
async def test_an_upload_outlives_some_failures_and_is_whole(
    store: BucketBlobs, place: BucketPlace, proxy: S3Proxy, tmp_path: Path, trouble: Trouble, data: bytes
) -> None:
    proxy.fail(trouble, times=2 if trouble != "hang" else 1)
    ref = await store.put_file(write(tmp_path, data))
    assert not proxy.trouble, "the trouble came"
    assert await place.store.read(ref.sha256) == data


@pytest.mark.parametrize("trouble", ["drop", "503", "hang"])
async def test_a_server_that_does_not_come_back_is_noticed_and_nothing_is_half_there(
    store: BucketBlobs, place: BucketPlace, proxy: S3Proxy, tmp_path: Path, trouble: Trouble
) -> None:
    path = write(tmp_path, SMALL)
    proxy.fail(trouble)
    began = time.monotonic()
    with pytest.raises(BlobsAway):
        await store.put_file(path)
    with pytest.raises(BlobsAway):
        await store.answers()
    assert time.monotonic() - began < 10
    assert place.keys() == []
    proxy.fail("")
    assert await store.answers()
    assert await store.read((await store.put_file(path)).sha256) == SMALL


async def test_a_large_upload_that_breaks_in_the_middle_leaves_nothing(
    store: BucketBlobs, place: BucketPlace, proxy: S3Proxy, tmp_path: Path
) -> None:
    proxy.fail("cut uploads")
    with pytest.raises(BlobsAway):
        await store.put_file(write(tmp_path, LARGE))
    assert place.keys() == []


async def test_a_download_that_is_cut_goes_on(
    store: BucketBlobs, place: BucketPlace, proxy: S3Proxy, tmp_path: Path
) -> None:
    ref = await place.store.put_file(write(tmp_path, LARGE))
    proxy.fail("cut downloads", times=2)
    await store.copy_to(ref.sha256, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == LARGE
    assert not proxy.trouble


async def test_a_download_that_never_ends_well_leaves_no_file(
    store: BucketBlobs, place: BucketPlace, proxy: S3Proxy, tmp_path: Path
) -> None:
    ref = await place.store.put_file(write(tmp_path, LARGE))
    proxy.fail("cut downloads")
    with pytest.raises(BlobsAway):
        await store.copy_to(ref.sha256, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


async def test_wrong_bytes_are_not_given_out(
    store: BucketBlobs, place: BucketPlace, proxy: S3Proxy, tmp_path: Path
) -> None:
    ref = await place.store.put_file(write(tmp_path, SMALL))
    proxy.fail("wrong bytes")
    with pytest.raises(BlobDamaged):
        await store.read(ref.sha256)
    with pytest.raises(BlobDamaged):
        await store.copy_to(ref.sha256, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


async def test_bytes_that_are_there_are_not_uploaded_again_unless_they_are_old(
    store: BucketBlobs, proxy: S3Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, SMALL)
    ref = await store.put_file(path)
    await store.put_file(path)
    assert proxy.count("PUT", ref.sha256) == 1
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + YOUNG + timedelta(seconds=5))
    await store.put_file(path)
    assert proxy.count("PUT", ref.sha256) == 2, "so that no sweep takes it before a row names it"
    assert 2 * YOUNG < garbage.GRACE


@pytest.mark.parametrize("wrong", ["bucket", "key"])
async def test_a_wrong_bucket_or_key_is_no_missing_blob(s3: S3Server, tmp_path: Path, wrong: str) -> None:
    settings = s3.environment_for("x")
    if wrong == "bucket":
        settings["BLOB_URL"] = "s3://no-such-bucket/x"
    else:
        settings["AWS_SECRET_ACCESS_KEY"] = "another"
    store = BucketBlobs(bucket_of(settings))
    with pytest.raises(BlobsAway):
        await store.answers()
    with pytest.raises(BlobsAway):
        await store.read("0" * 64)
    assert settings["AWS_SECRET_ACCESS_KEY"] not in repr(bucket_of(settings))


async def never(_sha256: str) -> bool:
    return False


async def kept_old(place: BucketPlace, tmp_path: Path) -> str:
    ref = await place.store.put_file(write(tmp_path, b"old"))
    place.make_old(ref.sha256)
    return ref.sha256


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
async def test_a_sweep_leaves_the_blobs_of_another_archive_alone(
    place: BucketPlace, s3: S3Server, tmp_path: Path, data: bytes
) -> None:
    mine, other = place.store, BucketBlobs(bucket_of(s3.environment_for(place.prefix)))
    mine.owner, other.owner = "mine", "other"
    later = datetime.now(UTC) + timedelta(hours=1)
    ref = await mine.put_file(write(tmp_path, data))
    assert not await other.remove_unnamed(ref.sha256, later, never)
    assert place.keys() == [key(ref.sha256)]
    await other.put_file(tmp_path / "file")
    assert not await mine.remove_unnamed(ref.sha256, later, never), "the other one has kept it since"
    assert await other.remove_unnamed(ref.sha256, later, never)
    place.write(key(ref.sha256), data)
    assert await mine.remove_unnamed(ref.sha256, later, never), "that of which nobody knows whose it is"


async def test_of_two_sweeps_one_leaves_the_blob_to_the_other(place: BucketPlace, tmp_path: Path) -> None:
    sha256 = await kept_old(place, tmp_path)
    place.write(f"going/{sha256}", b"")
    assert not await place.store.remove_unnamed(sha256, an_hour_ago(), never)
    assert place.keys() == [key(sha256), f"going/{sha256}"]


async def test_a_sweep_that_was_held_up_removes_nothing(
    place: BucketPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = await kept_old(place, tmp_path)
    monkeypatch.setattr(blobs_bucket, "REMOVAL_S", 0.0)
    assert not await place.store.remove_unnamed(sha256, an_hour_ago(), never)
    assert place.keys() == [key(sha256)]


async def test_what_a_dead_sweep_announced_is_gone_over(
    place: BucketPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = await kept_old(place, tmp_path)
    place.write(f"going/{sha256}", b"")
    monkeypatch.setattr(blobs_bucket, "DEAD_S", 0.1)
    await place.store.put_file(tmp_path / "file")
    assert place.keys() == [key(sha256)]
    assert not await place.store.remove_unnamed(sha256, an_hour_ago(), never), "it is young again"


async def test_a_removal_of_which_nobody_knows_whether_it_was_done_stays_announced(
    store: BucketBlobs, place: BucketPlace, proxy: S3Proxy, tmp_path: Path
) -> None:
    sha256 = await kept_old(place, tmp_path)

    async def lost(_sha256: str) -> bool:
        proxy.fail("drop")
        return False

    with pytest.raises(BlobsAway):
        await store.remove_unnamed(sha256, datetime.now(UTC) + timedelta(hours=1), lost)
    proxy.fail("")
    await store.finish_removals(never)
    assert place.keys() == [key(sha256), f"going/{sha256}"], "whoever announced it may be at it still"


async def test_keepers_and_sweeps_at_the_same_time_lose_nothing(place: BucketPlace, tmp_path: Path) -> None:
    """Whatever way they meet: when `put_file` has returned, the blob is there and stays."""
    path = write(tmp_path, b"wanted again and again")
    sha256 = hashlib.sha256(b"wanted again and again").hexdigest()
    named: set[str] = set()

    async def is_named(name: str) -> bool:
        found = name in named
        await asyncio.sleep(0.003)  # a database takes its time
        return found

    async def keep() -> None:
        await place.store.put_file(path)
        named.add(sha256)

    for pause in range(10):
        named.clear()
        await place.store.put_file(path)
        place.make_old(sha256)
        sweep = asyncio.create_task(place.store.remove_unnamed(sha256, an_hour_ago(), is_named))
        await asyncio.sleep(pause / 2000)
        await keep()
        await sweep
        assert await place.store.read(sha256) == b"wanted again and again", f"lost, begun {pause / 2} ms later"
