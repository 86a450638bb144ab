"""An IMAP server on the loopback that says what a test has it say, where a real one would say something else."""

import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from app.ground.mail_servers import Encryption, MailServer

Dialogue = tuple[bytes, ...]
"""What is said to a command, and then to each line that follows it; `$` stands for the command's tag."""

OURS = "orders@example.test"
OK = b"$ OK done\r\n"
MAIL: Mapping[str, Dialogue] = {
    "CAPABILITY": (b"* CAPABILITY IMAP4rev1 STARTTLS IDLE MOVE AUTH=PLAIN AUTH=XOAUTH2\r\n" + OK,),
    "AUTHENTICATE": (b"+ \r\n", OK),
    "LIST": (b'* LIST () "/" "Processed"\r\n' + OK,),
    "SELECT": (b"* 1 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 6] next\r\n" + OK,),
    "SEARCH": (b"* SEARCH 5\r\n" + OK,),
    "FETCH": (b'* 1 FETCH (UID 5 INTERNALDATE "23-Nov-2026 11:59:00 +0200" RFC822.SIZE 5)\r\n' + OK,),
    "BODY": (b"* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n" + OK,),
    "IDLE": (b"+ idling\r\n", OK),
}
"""A folder with one mail. BODY is a FETCH of contents; what is not named here is answered by OK."""


@dataclass
class ScriptedServer:
    """`lines`: what it was told, without the tags. `idling`: somebody waits for it (IDLE)."""

    script: Mapping[str, Dialogue]
    certificate: ssl.SSLContext | None
    place: MailServer
    lines: list[str] = field(default_factory=list)
    idling: threading.Event = field(default_factory=threading.Event)


@contextmanager
def scripted_imap(
    *, certificate: ssl.SSLContext | None = None, encryption: Encryption = Encryption.NONE, **dialogues: Dialogue
) -> Iterator[ScriptedServer]:
    """Run one for as long as the block lasts; `dialogues` take the place of those of MAIL."""
    with _Listener(("127.0.0.1", 0), _Conversation) as listener:
        place = MailServer("localhost", listener.server_address[1], encryption, OURS, "secret")
        listener.scripted = ScriptedServer({**MAIL, **dialogues}, certificate, place)
        thread = threading.Thread(target=listener.serve_forever)
        thread.start()
        try:
            yield listener.scripted
        finally:
            listener.shutdown()
            thread.join()


class _Listener(socketserver.ThreadingTCPServer):
    scripted: ScriptedServer

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up in the middle of a dialogue is what some tests are about."""


class _Conversation(socketserver.StreamRequestHandler):
    def setup(self) -> None:
        self.scripted = cast("_Listener", self.server).scripted
        super().setup()
        if self.scripted.place.encryption is Encryption.TLS:
            self.encrypt()

    def handle(self) -> None:
        self.say(b"* OK ready\r\n", b"")
        while line := self.rfile.readline():
            tag, _, words = line.strip().partition(b" ")
            command = _command(words.decode())
            self.scripted.lines.append(words.decode())
            first, *others = self.scripted.script.get(command, (OK,))
            self.say(first, tag)
            if command == "IDLE":
                self.scripted.idling.set()
            for said in others:
                self.scripted.lines.append(self.rfile.readline().decode().strip())
                self.say(said, tag)
            if command == "STARTTLS":
                self.encrypt()

    def finish(self) -> None:
        super().finish()
        self.request.close()  # once it is encrypted it is not the socket that the listener closes

    def say(self, said: bytes, tag: bytes) -> None:
        self.wfile.write(said.replace(b"$", tag))

    def encrypt(self) -> None:
        certificate = self.scripted.certificate
        assert certificate is not None
        self.request = certificate.wrap_socket(self.request, server_side=True)
        super().setup()


def _command(words: str) -> str:
    names = words.upper().split(" ")
    name = names[1] if names[0] == "UID" else names[0]
    return "BODY" if name == "FETCH" and "BODY" in words else name
