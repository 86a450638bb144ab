"""HTTP as uvicorn speaks it, with heads that are bounded, and with patience that ends.

Its parser gathers a head for as long as somebody sends it, waits for ever for a first one, and goes on reading a body
that nobody wants any more.
"""

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.ground.web.incoming_body import SLOWEST_BYTES_PER_SECOND

MOST_HEAD_BYTES = 64 * 1024
"""Of a request line with its headers, and of whatever else comes between two pieces of a body."""
HEAD_SECONDS = 20.0
"""What a request line with its headers may take, from the first byte on; or a new connection, to its first one."""
LINGER_SECONDS = 30.0
MOST_LINGERING = 10
"""The rest of a body that was answered before its end is thrown away, as often as that, while it comes at a sound pace:
most clients read no answer before they have sent everything, and must be told that their token has run out."""
LAST_BODY_SECONDS = 2.0
"""How long a server that ends waits for the rest of a body."""


class BoundedHeads(HttpToolsProtocol):
    """Cuts off clients that send more than `MOST_HEAD_BYTES` without a head ending or a body going on.

    The request envelope sees a request when its head is whole: an endless one took gigabytes before that. And it times
    bodies only while somebody reads them.
    """

    _head_bytes = 0
    _head_is_due: TimerHandle | None = None
    _in_head = True
    _in_body = False
    _body_bytes = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Somebody has connected."""
        super().connection_made(transport)
        self._head_is_due = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        super().connection_lost(exc)
        self._forget_head()

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response(f"A request's line and headers may have {MOST_HEAD_BYTES} bytes.")
        if not self._in_head:
            self._forget_head()
        elif self._head_is_due is None:
            self._head_is_due = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A head has ended."""
        self._head_bytes = 0
        self._in_head, self._in_body = False, True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A body goes on; the envelope counts it."""
        self._head_bytes = 0
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request has ended."""
        self._head_bytes = 0
        self._in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """A request was answered, maybe before it had ended."""
        super().on_response_complete()
        if self._in_body:
            self._linger(self.cycle, MOST_LINGERING)

    def shutdown(self) -> None:
        """The server ends: what has not come by now will be sent again."""
        super().shutdown()
        if self._in_body:
            self.loop.call_later(LAST_BODY_SECONDS, self._close_unless_whole, self.cycle)

    def _linger(self, cycle: object, turns: int) -> None:
        self.loop.call_later(LINGER_SECONDS, self._linger_on, cycle, turns, self._body_bytes)

    def _linger_on(self, cycle: object, turns: int, bytes_before: int) -> None:
        if turns > 1 and self._body_bytes - bytes_before >= LINGER_SECONDS * SLOWEST_BYTES_PER_SECOND:
            self._linger(cycle, turns - 1)
        else:
            self._close_unless_whole(cycle)

    def _close_unless_whole(self, cycle: object) -> None:
        if self._in_body and self.cycle is cycle:
            self._give_up()

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _forget_head(self) -> None:
        if self._head_is_due is not None:
            self._head_is_due.cancel()
            self._head_is_due = None
