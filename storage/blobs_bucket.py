"""Blobs in a bucket that speaks S3.

S3 has neither rename nor utime, so a sweep cannot take a blob aside and look at it, and who needs a blob that is there
cannot make it young. Instead:

- A blob is young when it was written within `YOUNG`. Who needs one that is there and is not young writes it anew.
- A sweep that is about to remove a blob first says so by an object below `going/`, which only one sweep can make, and
  looks at the blob's age and at the rows after that. Who keeps a blob looks for such an object once the blob is there
  and young: where there is one, it waits until that is gone and begins anew. Then it looks whether the blob is there
  still.

S3 shows every reader what was written before. So a sweep that begins after the keeper has looked for it finds the blob
young; one that is under way at that moment is seen and outwaited; of one that has ended, the last look shows what it
did. A sweep that was killed half way leaves its object, which is gone over after `DEAD_S`; one that lives gives up long
before that. What remains is a sweep, or its one request, that is frozen for a minute between its last look at the clock
and the removal, while the same bytes are kept: then a row names what is missing, `hashkeep verify` says so, and
capturing the page again mends it.

Objects tell whose they are, so that another archive which was given the same prefix by mistake sweeps none of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from storage import clock
from storage.blobs import BlobsAway, BlobStore, IsNamed, Pieces, first_line, is_name, key

log = logging.getLogger(__name__)

YOUNG = timedelta(minutes=20)
"""How long after its last writing a blob is taken as it is. A sweep leaves alone what is three times as old; the rest
is for the row that names it, and for clocks that differ: S3 refuses whoever's is wrong by more than 15 minutes."""

PART_BYTES = 5 * 1024 * 1024
"""Larger files go up in parts of so many bytes, one after the other; smaller ones by one request."""

CONNECT_S = 5
"""A connection that is not made in so long is given up."""
SILENCE_S = 30
"""A request that nothing is heard of for so long is over: a part needs a way out of 1.4 Mbit/s."""
RETRIES, RETRY_S = 4, 40
"""A request is tried again so often, and not after so many seconds: whoever can wait longer has pauses of their own."""
LOOK_S = 2
"""Whether the bucket answers is asked once, with so much patience."""

_OWNER = "hashkeep-archive"
"""The attribute (x-amz-meta-…) of an object that names the archive it was written for."""
_GOING = "going"
"""The folder of the objects by which sweeps announce removals."""
REMOVAL_S = 20.0
"""A sweep that has not removed a blob so long after it said so gives up."""
DEAD_S = 120.0
"""A removal that is announced for so long is no longer under way: with its pauses and tries it ends in 90 s."""
POLL_S = 0.25


@dataclass(frozen=True)
class Bucket:
    """Where the blobs lie, and what opens it. It holds keys: for the main process alone."""

    name: str
    prefix: str
    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    endpoint: str | None = None
    """Another server than Amazon's."""
    region: str = "us-east-1"
    allow_http: bool = False

    def __str__(self) -> str:
        where = f" at {self.endpoint}" if self.endpoint else f" in {self.region}"
        return f"s3://{'/'.join(filter(None, (self.name, self.prefix)))}{where}"


@dataclass(frozen=True)
class _Found:
    """What a bucket tells of a blob."""

    size_bytes: int
    changed_at: datetime
    owner: str | None


class BucketBlobs(BlobStore):
    """The blobs below a prefix of a bucket; nothing is ever written or removed outside it."""

    def __init__(self, bucket: Bucket) -> None:
        super().__init__(_client(bucket, SILENCE_S, RETRIES))
        self._bucket = bucket
        self._looking = _client(bucket, LOOK_S, 0)

    def __str__(self) -> str:
        return str(self._bucket)

    async def answers(self) -> bool:
        """Whether the bucket is there and can be read: it is asked for what can hardly be. Raises BlobsAway if not."""
        with self._errors():
            async for _ in obstore.list(self._looking, offset="~"):
                break
        return True

    async def remove_unnamed(self, sha256: str, before: datetime, is_named: IsNamed) -> bool:
        """As of BlobStore; False as well where another sweep is at it."""
        going = f"{_GOING}/{sha256}"
        began = clock.steady()
        with self._errors():
            try:
                await obstore.put_async(self._store, going, b"", mode="create")
            except AlreadyExistsError:
                return False
        found = await self._found(sha256)
        goes = (
            found is not None
            and found.owner in (None, self.owner)
            and found.changed_at < before
            and not await is_named(sha256)
        )
        if goes and clock.steady() - began > timedelta(seconds=REMOVAL_S):
            log.warning("the removal of blob %s took too long; it is left to the next sweep", sha256)
            goes = False
        if goes:  # if that fails, nobody knows whether it was done: the announcement stays
            await self._delete(key(sha256))
        await self._delete(going)
        return goes

    async def finish_removals(self, is_named: IsNamed) -> None:
        """Takes back what killed sweeps announced; what they had not removed yet, the sweep finds again."""
        with self._errors():
            async for some in obstore.list(self._store, prefix=_GOING):
                for found in some:
                    name = str(found["path"]).rpartition("/")[2]
                    if is_name(name) and self._changed_at(found) < clock.now() - 3 * YOUNG:
                        await self._delete(f"{_GOING}/{name}")

    async def _keep(self, sha256: str, size_bytes: int, pieces: Pieces) -> bool:
        written = False
        while True:
            found = await self._found(sha256)
            if (
                found is None
                or (found.size_bytes, found.owner) != (size_bytes, self.owner)
                or found.changed_at < clock.now() - YOUNG
            ):
                await self._write(sha256, size_bytes, pieces)
                written = True
            if await self._is_going(sha256):
                await self._outwait(sha256)
            elif await self._found(sha256):
                return written

    async def _found(self, sha256: str) -> _Found | None:
        with self._errors():
            try:
                found = await obstore.get_async(self._store, key(sha256), options={"head": True})
            except FileNotFoundError:
                return None
        meta = found.meta
        return _Found(int(meta["size"]), self._changed_at(meta), found.attributes.get(_OWNER))

    async def _write(self, sha256: str, size_bytes: int, pieces: Pieces) -> None:
        path, attributes = key(sha256), {_OWNER: self.owner} if self.owner else {}
        if size_bytes <= PART_BYTES:
            data = b"".join([piece async for piece in pieces()])
            with self._errors(missing=BlobsAway):
                await obstore.put_async(self._store, path, data, attributes=attributes, use_multipart=False)
            return
        source = _Source(pieces())
        try:
            with self._errors(missing=BlobsAway):
                await obstore.put_async(
                    self._store, path, source.pieces(), attributes=attributes, chunk_size=PART_BYTES, max_concurrency=1
                )
        except BlobsAway:
            if source.error:
                raise source.error from None
            raise

    async def _is_going(self, sha256: str) -> bool:
        with self._errors():
            try:
                await obstore.head_async(self._store, f"{_GOING}/{sha256}")
            except FileNotFoundError:
                return False
        return True

    async def _outwait(self, sha256: str) -> None:
        """Returns when nobody is removing the blob any more."""
        dead_at = clock.steady() + timedelta(seconds=DEAD_S)
        while await self._is_going(sha256):
            if clock.steady() > dead_at:
                log.warning("a sweep that was to remove blob %s seems to be dead", sha256)
                await self._delete(f"{_GOING}/{sha256}")
                return
            await asyncio.sleep(POLL_S)

    async def _delete(self, path: str) -> None:
        with self._errors():
            try:
                await obstore.delete_async(self._store, path)
            except FileNotFoundError:
                return

    async def _stream(self, path: str) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(super()._stream(path)) as pieces:
                async for piece in pieces:
                    yield piece
        except FileNotFoundError:
            await self.answers()  # where the whole bucket is missing, the blob is not known to be
            raise

    @contextmanager
    def _errors(self, missing: type[OSError] | None = None) -> Iterator[None]:
        """Whatever S3 does not do is BlobsAway; that an object is missing is `missing`, or FileNotFoundError."""
        try:
            yield
        except FileNotFoundError as error:
            if missing is None or error.errno is not None:
                raise
            raise missing(self._said(error)) from error
        except BaseError as error:
            raise BlobsAway(self._said(error)) from error

    def _said(self, error: BaseException) -> str:
        """What keeps the bucket from its work; the library's words where no setting is to blame."""
        words = first_line(error).removeprefix("Generic S3 error: ")
        if " 403 " in words:
            words = "the key is not let in (403). See to AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what it may do"
        elif " 404 " in words and "list request" in words:
            words = "there is no such bucket (404). Make it, or write another name"
        return f"BLOB_URL: {self._bucket}: {words}"


class _Source:
    """Pieces on their way into the library, with the error that ended them: the library tells its own beside it."""

    def __init__(self, pieces: AsyncGenerator[bytes, None]) -> None:
        self._pieces = pieces
        self.error: Exception | None = None

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The pieces."""
        async with aclosing(self._pieces) as pieces:
            try:
                async for piece in pieces:
                    yield piece
            except Exception as error:
                self.error = error
                raise


def _client(bucket: Bucket, silence_s: int, retries: int) -> S3Store:
    # Everything is said here: what is left out, the library takes from the environment.
    more = {"session_token": bucket.session_token} if bucket.session_token else {}
    if bucket.endpoint:
        more |= {"endpoint": bucket.endpoint, "aws_endpoint_url_s3": bucket.endpoint}
    return S3Store(
        bucket.name,
        prefix=bucket.prefix or None,
        region=bucket.region,
        access_key_id=bucket.access_key_id,
        secret_access_key=bucket.secret_access_key,
        disable_bulk_delete=True,  # not every server has it
        skip_signature=False,
        client_options={
            "allow_http": bucket.allow_http,
            "connect_timeout": timedelta(seconds=min(CONNECT_S, silence_s)),
            "read_timeout": timedelta(seconds=silence_s),
            "timeout": timedelta(hours=1) if retries else timedelta(seconds=silence_s),
        },
        retry_config={"max_retries": retries, "retry_timeout": timedelta(seconds=RETRY_S)},
        **more,  # type: ignore[arg-type]
    )
