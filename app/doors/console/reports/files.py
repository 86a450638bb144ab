"""Reports as files: what the API answers for the medium, with the name that it gives the file."""

from typing import Any

from fastapi import Response

from app.doors.console.api_calls import ApiFile
from app.doors.console.pages import ConsolePage
from app.ground.web.media_types import Medium

MEDIA = {medium.name.lower(): medium for medium in (Medium.CSV, Medium.XLSX, Medium.PDF)}
"""By how a file ends."""


async def file_answer(page: ConsolePage, path: str, suffix: str, **query: Any) -> Response:
    """What the API answers at `path` as a file. Raises ApiRefusal."""
    file: ApiFile = await page.api.file(path, MEDIA[suffix], **query)
    headers = {"Content-Disposition": file.headers.get("content-disposition", "attachment")}
    if language := file.headers.get("content-language"):
        headers["Content-Language"] = language
    return Response(file.content, media_type=file.media_type, headers=headers)
