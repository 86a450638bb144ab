"""Where the bytes of attachments lie beside the database: in a directory, or in an S3-compatible store."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar
from uuid import UUID, uuid4

import structlog
from anyio import to_thread

from app.ground.attachments.errors import AttachmentStoreAway
from app.ground.loading import loaded
from app.ground.settings import Settings

log = structlog.get_logger()

T = TypeVar("T")

_BUCKET_STORE = "app.ground.attachments.bucket_store:BucketStore"
"""Loaded where a bucket is set: its client is a library of 16 MB."""


class Store(Protocol):
    """Keeps bytes by id. All of these raise AttachmentStoreAway where it does not answer, or not as it must."""

    async def put(self, id_: UUID, content: bytes) -> None:
        """Keep it, for good once this answers; what lay there before is replaced."""

    async def get(self, id_: UUID) -> bytes:
        """What was put. What is not there counts as away: the record says that it should be."""

    async def delete(self, id_: UUID) -> None:
        """Take it away; what is not there is fine."""


class DirectoryStore:
    """Files in a directory, in 256 folders by the ends of the ids; nobody but their owner may read them.

    The directory is there already: where it is not, a disk is missing, and nothing is written in its place.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def put(self, id_: UUID, content: bytes) -> None:
        """Written beside its place, brought to the disk, and moved there as a whole."""
        await _beside(lambda: _write(self._place(id_), content))

    async def get(self, id_: UUID) -> bytes:
        """The file."""
        return await _beside(self._place(id_).read_bytes)

    async def delete(self, id_: UUID) -> None:
        """Without the file."""
        await _beside(lambda: self._remove(id_))

    def _place(self, id_: UUID) -> Path:
        return self._directory / id_.hex[-2:] / id_.hex

    def _remove(self, id_: UUID) -> None:
        self._directory.stat()
        self._place(id_).unlink(missing_ok=True)


def _write(place: Path, content: bytes) -> None:
    place.parent.mkdir(mode=0o700, exist_ok=True)
    draft = place.with_name(f".{place.name}.{uuid4().hex}")
    try:
        with open(draft, "xb", opener=_owner_only) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


async def _beside(work: Callable[[], T]) -> T:
    """Do it in a thread."""
    try:
        return await to_thread.run_sync(work)
    except OSError as error:
        log.warning("attachment_store_away", reason=f"{type(error).__name__}: {error.strerror}")
        raise AttachmentStoreAway("The directory of the attachments cannot be used.") from error


def open_store(settings: Settings) -> Store | None:
    """The store that is set; None where the database keeps attachments. Nothing is asked of it yet."""
    place = settings.attachments_place
    if place is None:
        return None
    if isinstance(place, Path):
        return DirectoryStore(place)
    store: Store = loaded(_BUCKET_STORE)(place)
    return store
