"""Where the archive's files lie, by the settings."""

from __future__ import annotations

from hashkeep.settings import Settings
from storage import identity
from storage.blobs import BlobStore
from storage.blobs_bucket import BucketBlobs
from storage.blobs_folder import FolderBlobs


def open_blobs(settings: Settings) -> BlobStore:
    """The bucket that BLOB_URL names, or the folder in DATA_DIR, which is made. Raises OSError."""
    bucket = settings.bucket
    return FolderBlobs(settings.data_dir / "blobs") if bucket is None else BucketBlobs(bucket)


async def own_blobs(settings: Settings) -> BlobStore:
    """The same, as the property of the archive whose database is open. Raises OSError."""
    blobs = open_blobs(settings)
    blobs.owner = await identity.archive_id()
    return blobs
