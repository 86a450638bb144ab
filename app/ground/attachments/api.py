"""Routes of attachments."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, cast
from uuid import UUID, uuid4

from fastapi import Depends, Form, Path, Request, Response

from app.ground import clock
from app.ground.attachments import service
from app.ground.attachments.file_formats import AttachmentType
from app.ground.attachments.schemas import AttachmentAnswer, AttachmentBody
from app.ground.attachments.service import SentFile, Sight
from app.ground.attachments.stores import Store
from app.ground.errors import TooLarge
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import AppDatabase, ReadSession
from app.ground.web.files_in_pieces import FileInPieces
from app.ground.web.incoming_body import MOST_FILE_BYTES
from app.ground.web.paths import attachment as saved_as
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("attachments")

AT_ONCE = 4
"""Files that a process has in memory at the same time, as they come and as they go; the others wait on disk."""

_KNOWN: dict[int | str, dict[str, Any]] = {200: {"description": "It was sent before.", "model": AttachmentAnswer}}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, to be saved",
        "content": {
            kind.value: {"schema": {"type": "string", "format": "binary"}, "example": "(the file)"}
            for kind in AttachmentType
        },
    }
}
_HARMLESS = {
    # it is never shown as a page of ours, whatever somebody has put into it
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


async def _store(request: Request) -> Store | None:
    return cast("Store | None", request.app.state.attachment_store)


async def _sights(request: Request) -> Mapping[str, Sight]:
    return cast("Mapping[str, Sight]", request.app.state.attachment_sights)


AppStore = Annotated[Store | None, Depends(_store)]
Sights = Annotated[Mapping[str, Sight], Depends(_sights)]
AttachmentId = Annotated[UUID, Path()]
Reader = Annotated[Caller, allow(Role.SUPERVISOR, device=True)]


@router.post(
    "/attachments",
    operation_id="send_attachment",
    summary="Send a photo or a PDF",
    status_code=201,
    responses=_KNOWN | problems(401, 403, 409, 413, 422),
)
async def send_attachment(
    request: Request,
    form: Annotated[AttachmentBody, Form(media_type="multipart/form-data")],
    database: AppDatabase,
    store: AppStore,
    caller: Annotated[Caller, allow(device=True)],
    response: Response,
) -> AttachmentAnswer:
    """A rep's handheld sends a file, to name it in an appeal within a day; what is attached to nothing by then goes.

    New (201), or the same as before (200): repeating with an `id` is safe. The file has to be a whole JPEG, PNG, WebP
    or PDF, of the type that its part declares, and nothing else beside that.
    """
    if form.file.size is not None and form.file.size > MOST_FILE_BYTES:
        raise TooLarge(f"A file may have {MOST_FILE_BYTES} bytes.", limit_bytes=MOST_FILE_BYTES)
    turns: asyncio.Semaphore = request.app.state.attachment_turns
    async with turns:
        content = await form.file.read()
        file = SentFile(form.id or uuid4(), form.file.filename or "", form.file.content_type or "", content)
        attachment, new = await service.receive(database, store, file, caller, clock.now())
    response.status_code = 201 if new else 200
    return AttachmentAnswer.of(attachment)


@router.get(
    "/attachments/{attachment_id}",
    operation_id="get_attachment",
    summary="What is known of a file",
    responses=problems(401, 403, 404),
)
async def get_attachment(
    attachment_id: AttachmentId, session: ReadSession, sights: Sights, caller: Reader
) -> AttachmentAnswer:
    """For the rep who sent it, and for whoever may see what it is attached to."""
    return AttachmentAnswer.of(await service.in_sight(session, caller, attachment_id, sights))


@router.get(
    "/attachments/{attachment_id}/content",
    operation_id="get_attachment_content",
    summary="The file itself",
    response_class=Response,
    responses=_FILE | problems(401, 403, 404),
    openapi_extra=response_headers.sends("Content-Disposition", "Cache-Control"),
)
async def get_attachment_content(
    request: Request,
    attachment_id: AttachmentId,
    database: AppDatabase,
    store: AppStore,
    sights: Sights,
    caller: Reader,
) -> Response:
    """As it was sent, byte by byte, to be saved: no browser shows it as a page."""
    async with database.read_only() as session:
        attachment = await service.in_sight(session, caller, attachment_id, sights)
    headers = _HARMLESS | {"Content-Disposition": saved_as(attachment.name)}
    turns: asyncio.Semaphore = request.app.state.attachment_turns
    async with turns:
        content = await service.content_of(database, store, attachment)
        return await FileInPieces.of(content, attachment.media_type, headers)
