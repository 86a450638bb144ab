"""HTTP as uvicorn speaks it, with heads that are bounded: its parser gathers one for as long as somebody sends it."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 64 * 1024
"""Of a request line with its headers, and of whatever else comes between two pieces of a body."""


class BoundedHeads(HttpToolsProtocol):
    """Cuts off clients that send more than `MOST_HEAD_BYTES` without a head ending or a body going on.

    The request envelope sees a request when its head is whole: an endless one took gigabytes before that.
    """

    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response(f"A request's line and headers may have {MOST_HEAD_BYTES} bytes.")

    def on_headers_complete(self) -> None:
        """A head has ended."""
        self._head_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A body goes on; the envelope counts it."""
        self._head_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request has ended."""
        self._head_bytes = 0
        super().on_message_complete()
