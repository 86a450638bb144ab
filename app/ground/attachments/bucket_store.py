"""A bucket of an S3-compatible store, by obstore: its client runs threads of its own, and blocks no event loop.

They begin when a store is made, which no process does that others are forked from (decision 44).
"""

from datetime import timedelta
from uuid import UUID

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import S3Store

from app.ground.attachments.errors import AttachmentStoreAway
from app.ground.storage_places import Bucket

log = structlog.get_logger()

ANSWER_WITHIN = timedelta(seconds=20)
"""For one request, and for all that are tried again in its place: a caller waits no longer."""


class BucketStore:
    """Objects in a bucket, by id. What a store answers by a 5xx, or not at all, is asked again within the time."""

    def __init__(self, bucket: Bucket) -> None:
        self._objects = S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            config={
                "endpoint": bucket.endpoint_url,
                "region": bucket.region,
                "access_key_id": bucket.access_key_id,
                "secret_access_key": bucket.secret_access_key,
                "virtual_hosted_style_request": False,
            },
            client_options={
                "allow_http": bucket.endpoint_url.startswith("http://"),
                "timeout": ANSWER_WITHIN,
                "connect_timeout": timedelta(seconds=5),
            },
            retry_config={"max_retries": 3, "retry_timeout": ANSWER_WITHIN},
        )

    async def put(self, id_: UUID, content: bytes) -> None:
        """One request: the store has all of it, or nothing."""
        try:
            await obstore.put_async(self._objects, id_.hex, content, use_multipart=False)
        except (BaseError, OSError) as error:
            raise _away(error) from error

    async def get(self, id_: UUID) -> bytes:
        """One request."""
        try:
            return bytes(await (await obstore.get_async(self._objects, id_.hex)).bytes_async())
        except (BaseError, OSError) as error:
            raise _away(error) from error

    async def delete(self, id_: UUID) -> None:
        """One request."""
        try:
            await obstore.delete_async(self._objects, id_.hex)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _away(error) from error


def _away(error: Exception) -> AttachmentStoreAway:
    # the text of an error may repeat a request with its signature: its kind has to do
    log.warning("attachment_store_away", reason=type(error).__name__)
    return AttachmentStoreAway("The bucket of the attachments does not answer, or refuses.")
