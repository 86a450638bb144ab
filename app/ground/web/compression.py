"""Bodies by gzip (RFC 1952): what comes is unpacked within its limit, what leaves is packed where that pays."""

import zlib
from collections.abc import Sequence

from anyio import to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LEAST_BYTES = 1024
"""Less is not worth its header."""
LEVEL = 4
"""Three quarters of the best level's gain at a quarter of its time."""
MOST_ON_THE_LOOP = 64 * 1024
"""More is packed beside the event loop: a MiB takes some 15 ms."""
_GZIP = 31
_PACKED = (
    b"application/json",
    b"application/problem+json",
    b"application/geo+json",
    b"application/gpx+xml",
    b"image/svg+xml",
    b"text/",
)
EVENT_STREAM = b"text/event-stream"
"""Each of its events must leave at once, and a packer for each of hundreds of streams would cost more than it saves."""

GZIP = frozenset({b"gzip", b"x-gzip"})
"""What `Content-Encoding` calls it."""

Headers = Sequence[tuple[bytes, bytes]]


class Unpacked:
    """Unpacks a body piece by piece, never further than to `most_bytes` and one."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP)
        self._seen_bytes = 0
        self.begun = False

    def piece(self, packed: bytes, most_bytes: int) -> bytes:
        """What a piece unpacks to. Raises ValueError for what is no gzip, and OverflowError past `most_bytes`."""
        self.begun = self.begun or bool(packed)
        try:
            piece = self._stream.decompress(packed, most_bytes - self._seen_bytes + 1)
        except zlib.error as error:
            raise ValueError("no gzip") from error
        self._seen_bytes += len(piece)
        if self._seen_bytes > most_bytes or self._stream.unconsumed_tail:
            raise OverflowError(most_bytes)
        if self._stream.unused_data:
            raise ValueError("more than one gzip member")
        return piece

    @property
    def is_whole(self) -> bool:
        """Whether the end has come."""
        return self._stream.eof


class PackedAnswers:
    """Packs answers of text that are long enough, for clients that take gzip. ETags are of the version, and stay."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not takes_gzip(scope["headers"]):
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _Packer(send))


class _Packer:
    """Sends an answer on, packed where that pays: decided by its head and its first piece."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._head: Message | None = None
        self._stream: zlib._Compress | None = None

    async def __call__(self, message: Message) -> None:
        """Take the next message of the answer."""
        if message["type"] == "http.response.start":
            self._head = message
            return
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._head is not None:
            head, self._head = self._head, None
            if _pays(head, len(body), more=more):
                self._stream = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
            if self._stream is not None and not more:
                body = await self._packed(body, more=False)
                self._stream = None
                head = {**head, "headers": _relabelled(head["headers"], len(body))}
            elif self._stream is not None:
                head = {**head, "headers": _relabelled(head["headers"], None)}
            elif _is_text(head["headers"]):
                head = {**head, "headers": [*head["headers"], (b"vary", b"Accept-Encoding")]}
            await self._send(head)
        if self._stream is not None:
            body = await self._packed(body, more=more)
        await self._send({**message, "body": body})

    async def _packed(self, body: bytes, *, more: bool) -> bytes:
        stream = self._stream
        if stream is None:
            return body

        def pack() -> bytes:
            return stream.compress(body) + (stream.flush(zlib.Z_SYNC_FLUSH) if more else stream.flush())

        return pack() if len(body) <= MOST_ON_THE_LOOP else await to_thread.run_sync(pack)


def takes_gzip(headers: Headers) -> bool:
    """Whether `Accept-Encoding` (RFC 9110, 12.5.3) lets an answer be packed."""
    for name, value in headers:
        if name == b"accept-encoding":
            for choice in value.lower().split(b","):
                coding, _, weight = choice.replace(b" ", b"").partition(b";")
                if coding in GZIP:
                    return not weight or weight.removeprefix(b"q=").strip(b"0.") != b""
    return False


def _pays(head: Message, first_bytes: int, *, more: bool) -> bool:
    headers = head["headers"]
    if head["status"] in {204, 206, 304} or any(name == b"content-encoding" for name, _ in headers):
        return False
    return _is_text(headers) and (more or first_bytes >= LEAST_BYTES)


def _is_text(headers: Headers) -> bool:
    types = [value for name, value in headers if name == b"content-type"]
    return any(value.startswith(_PACKED) and not value.startswith(EVENT_STREAM) for value in types)


def _relabelled(headers: Headers, length: int | None) -> list[tuple[bytes, bytes]]:
    others = [(name, value) for name, value in headers if name != b"content-length"]
    others += [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
    return others if length is None else [*others, (b"content-length", str(length).encode())]
