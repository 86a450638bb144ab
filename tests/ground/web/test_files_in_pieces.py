"""A file leaves in pieces, and what it lay in on disk goes with it."""

import io
from collections.abc import MutableMapping
from typing import Any

import pytest

from app.ground.web.files_in_pieces import PIECE_BYTES, FileInPieces

CONTENT = bytes(range(256)) * 1024


async def receive() -> MutableMapping[str, Any]:
    """Nothing comes."""
    raise AssertionError


async def test_a_file_leaves_in_pieces_and_says_how_long_it_is() -> None:
    messages: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        messages.append(message)

    answer = await FileInPieces.of(CONTENT, "image/png", {"X-Content-Type-Options": "nosniff"})
    await answer({"type": "http"}, receive, send)
    head, *pieces = messages
    headers = dict(head["headers"])
    assert headers[b"content-length"] == str(len(CONTENT)).encode()
    assert (headers[b"content-type"], headers[b"x-content-type-options"]) == (b"image/png", b"nosniff")
    assert b"".join(piece["body"] for piece in pieces) == CONTENT
    assert max(len(piece["body"]) for piece in pieces) == PIECE_BYTES
    assert [piece["more_body"] for piece in pieces] == [True] * (len(pieces) - 1) + [False]


async def test_a_file_is_closed_where_its_client_has_gone() -> None:
    async def send(message: MutableMapping[str, Any]) -> None:
        raise OSError("gone")

    file = io.BytesIO(CONTENT)
    with pytest.raises(OSError, match="gone"):
        await FileInPieces(file, len(CONTENT), "image/png", {})({"type": "http"}, receive, send)
    assert file.closed
