"""What is put into a store is got from it, and a store that is away, or refuses, is told as away."""

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import ValidationError

from app.ground.attachments.bucket_store import BucketStore
from app.ground.attachments.errors import AttachmentStoreAway
from app.ground.attachments.stores import DirectoryStore, Store, open_store
from app.ground.settings import Settings
from app.ground.storage_places import Bucket
from tests.ground.attachments.s3_server import serving

LARGE = os.urandom(1024 * 1024) * 10


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with serving() as bucket:
        yield bucket


@pytest.fixture(params=["directory", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "directory":
        return DirectoryStore(tmp_path)
    return BucketStore(request.getfixturevalue("bucket"))


@pytest.mark.parametrize("content", [b"x", LARGE], ids=["a byte", "10 MiB"])
async def test_what_was_put_is_got_and_gone_once_it_is_deleted(store: Store, content: bytes) -> None:
    id_, other = uuid4(), uuid4()
    await store.put(id_, b"before")
    await store.put(id_, content)
    await store.put(other, b"other")
    assert await store.get(id_) == content
    await store.delete(id_)
    await store.delete(id_)
    with pytest.raises(AttachmentStoreAway):
        await store.get(id_)
    assert await store.get(other) == b"other"


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_nothing_but_whole_files_for_their_owner_alone_lie_in_a_directory(tmp_path: Path) -> None:
    await DirectoryStore(tmp_path).put(uuid4(), b"photo")
    (file,) = files_in(tmp_path)
    assert file.read_bytes() == b"photo"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


async def test_a_directory_that_is_missing_is_away_and_is_not_made(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "attachments")
    for use in (store.put(uuid4(), b"photo"), store.get(uuid4()), store.delete(uuid4())):
        with pytest.raises(AttachmentStoreAway):
            await use
    assert files_in(tmp_path) == []


async def test_a_bucket_refuses_a_secret_that_is_wrong_and_tells_it_nowhere(bucket: Bucket) -> None:
    wrong = BucketStore(replace(bucket, secret_access_key="no-such-secret"))
    with pytest.raises(AttachmentStoreAway) as refused:
        await wrong.put(uuid4(), b"photo")
    assert "no-such-secret" not in str(refused.value)
    assert "no-such-secret" not in repr(replace(bucket, secret_access_key="no-such-secret"))


async def test_a_bucket_that_is_not_there_is_away(bucket: Bucket) -> None:
    with pytest.raises(AttachmentStoreAway):
        await BucketStore(replace(bucket, name="another")).get(uuid4())


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({}, type(None)),
        ({"attachments_url": ""}, type(None)),
        ({"attachments_url": "file:///srv/attachments"}, DirectoryStore),
        (
            {"attachments_url": "s3://field/prefix/", "s3_access_key_id": "id", "s3_secret_access_key": "secret"},
            BucketStore,
        ),
    ],
)
def test_the_setting_says_where_attachments_lie(values: dict[str, str], kind: type) -> None:
    settings = Settings(**values)  # type: ignore[arg-type] # parsed
    assert isinstance(open_store(settings), kind)


@pytest.mark.parametrize(
    "values",
    [
        {"attachments_url": "s3://field"},
        {"attachments_url": "s3://field", "s3_access_key_id": "id"},
        {"attachments_url": "s3://id:secret@field", "s3_access_key_id": "id", "s3_secret_access_key": "secret"},
        {"attachments_url": "s3:///prefix", "s3_access_key_id": "id", "s3_secret_access_key": "secret"},
        {"attachments_url": "file://host/srv"},
        {"attachments_url": "file:///"},
        {"attachments_url": "/srv/attachments"},
        {"attachments_url": "https://bucket.example.com"},
        {"s3_endpoint_url": "minio:9000"},
        {"s3_endpoint_url": "https://id:secret@minio"},
    ],
)
def test_a_setting_that_names_no_place_is_refused(values: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings(**values)  # type: ignore[arg-type] # parsed
