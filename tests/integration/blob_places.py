"""The places where blobs lie, with what tests do to them behind the store's back."""

from __future__ import annotations

import asyncio
import os
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore

from storage.blobs import BlobStore, Pieces, key
from storage.blobs_bucket import Bucket, BucketBlobs
from storage.blobs_folder import FolderBlobs
from tests.s3 import S3Server

if TYPE_CHECKING:
    from obstore import ObjectMeta

AGE = timedelta(hours=5)


class Place(ABC):
    """A store, and its raw objects."""

    store: BlobStore

    def __init__(self) -> None:
        self.waits = asyncio.Event()
        """Set once somebody who keeps a blob waits for the end of its removal."""

    @abstractmethod
    def another(self) -> Place:
        """An empty place of the same kind."""

    @abstractmethod
    def keys(self) -> list[str]:
        """The paths of everything that lies there."""

    @abstractmethod
    def write(self, path: str, data: bytes) -> None:
        """Writes an object as it is."""

    @abstractmethod
    def remove(self, path: str) -> None:
        """Removes an object."""

    @abstractmethod
    def make_old(self, sha256: str) -> None:
        """Lets the blob have been written hours ago."""

    @abstractmethod
    def leave_half_removed(self, sha256: str) -> None:
        """Does what a sweep that was killed long ago had done."""

    def has(self, sha256: str) -> bool:
        """Whether there is an object for the blob."""
        return key(sha256) in self.keys()


class FolderPlace(Place):
    """A folder."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root
        self.store = FolderBlobs(root)

    def another(self) -> FolderPlace:
        return FolderPlace(self.root.parent / f"other-{uuid.uuid4().hex}")

    def keys(self) -> list[str]:
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file())

    def write(self, path: str, data: bytes) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(data)

    def remove(self, path: str) -> None:
        (self.root / path).unlink()

    def make_old(self, sha256: str) -> None:
        at = (datetime.now(UTC) - AGE).timestamp()
        os.utime(self.root / key(sha256), (at, at))

    def leave_half_removed(self, sha256: str) -> None:
        path = self.root / key(sha256)
        path.rename(path.with_name(f"{sha256}.going"))


class AgedBucket(BucketBlobs):
    """A bucket whose objects can be made older than they are: S3 has no utime."""

    def __init__(self, bucket: Bucket, waits: asyncio.Event) -> None:
        super().__init__(bucket)
        self.old: set[str] = set()
        self._waits = waits

    def _changed_at(self, found: ObjectMeta) -> datetime:
        return super()._changed_at(found) - (AGE if found["path"] in self.old else timedelta())

    async def _write(self, sha256: str, size_bytes: int, pieces: Pieces) -> None:
        await super()._write(sha256, size_bytes, pieces)
        self.old.discard(key(sha256))

    async def _outwait(self, sha256: str) -> None:
        self._waits.set()
        await super()._outwait(sha256)


class BucketPlace(Place):
    """A prefix of a bucket."""

    def __init__(self, s3: S3Server) -> None:
        super().__init__()
        self._s3 = s3
        self.prefix = f"places/{uuid.uuid4().hex}"
        self.bucket = bucket_of(s3.environment_for(self.prefix))
        self.aged = self.store = AgedBucket(self.bucket, self.waits)
        self._raw = s3.store(self.prefix)

    def another(self) -> BucketPlace:
        return BucketPlace(self._s3)

    def keys(self) -> list[str]:
        return self._s3.keys(self.prefix)

    def write(self, path: str, data: bytes) -> None:
        obstore.put(self._raw, path, data)

    def remove(self, path: str) -> None:
        obstore.delete(self._raw, path)

    def make_old(self, sha256: str) -> None:
        self.aged.old.add(key(sha256))

    def leave_half_removed(self, sha256: str) -> None:
        self.write(f"going/{sha256}", b"")
        self.aged.old.add(f"going/{sha256}")


def bucket_of(environment: Mapping[str, str]) -> Bucket:
    """What the settings make of an environment."""
    name, _, prefix = environment["BLOB_URL"].removeprefix("s3://").partition("/")
    return Bucket(
        name=name, prefix=prefix, endpoint=environment["AWS_ENDPOINT_URL"], region=environment["AWS_REGION"],
        access_key_id=environment["AWS_ACCESS_KEY_ID"], secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        allow_http=environment["AWS_ALLOW_HTTP"] == "true",
    )  # fmt: skip
