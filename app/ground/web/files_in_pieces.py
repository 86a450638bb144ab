"""Files as answers: on disk while they are being sent, so that a slow client holds a piece in memory, and no whole."""

import tempfile
from collections.abc import Mapping
from typing import BinaryIO

from anyio import to_thread
from fastapi import Response
from starlette.types import Receive, Scope, Send

PIECE_BYTES = 64 * 1024


class FileInPieces(Response):
    """An answer whose bytes lie in a temporary file, which goes with it."""

    def __init__(self, file: BinaryIO, size_bytes: int, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(media_type=media_type, headers={**headers, "Content-Length": str(size_bytes)})
        self._file = file

    @classmethod
    async def of(cls, content: bytes, media_type: str, headers: Mapping[str, str]) -> "FileInPieces":
        """Put it on disk. Whoever has the content may let go of it then."""
        return cls(await to_thread.run_sync(_on_disk, content), len(content), media_type, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 # as ASGI calls it
        """Send it, each piece once the client has taken the one before."""
        with self._file:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while piece := await to_thread.run_sync(self._file.read, PIECE_BYTES):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def _on_disk(content: bytes) -> BinaryIO:
    file = tempfile.TemporaryFile()  # noqa: SIM115 # closed once it is sent
    try:
        file.write(content)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file
