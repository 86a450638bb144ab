"""The store of attachments: whether a file can be kept there, got back, and taken away."""

from collections.abc import AsyncIterator
from uuid import uuid4

from app.ground.attachments.errors import AttachmentStoreAway
from app.ground.attachments.stores import open_store
from app.ground.findings import Finding, fine, note, wrong
from app.ground.settings import Settings

_PROBE = b"Written by `fieldproof doctor`, which takes it away again."


async def look_at_attachments(settings: Settings) -> AsyncIterator[Finding]:
    """Keeps a few bytes there for a moment, where a store is set."""
    store, place = open_store(settings), settings.attachments_url
    if store is None:
        yield note("attachments", "They are kept in the database.")
        return
    id_ = uuid4()
    try:
        await store.put(id_, _PROBE)
        content = await store.get(id_)
        await store.delete(id_)
    except AttachmentStoreAway as error:
        yield wrong("attachments", f"{place}: {error.detail} The line before says why.")
        return
    if content != _PROBE:
        yield wrong("attachments", f"{place} gives other bytes than it was given.")
        return
    yield fine("attachments", f"{place} keeps, gives and takes away.")
