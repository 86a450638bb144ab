"""How answers leave: by SMTP, or as files into a folder."""

import asyncio
import ssl
from email.utils import parseaddr
from pathlib import Path
from typing import Protocol

import aiosmtplib

from app.doors.order_inbox.mail.access_tokens import TokenSource
from app.doors.order_inbox.mail.records import DueAnswer
from app.ground.mail_servers import Encryption, MailServer
from app.ground.outbox import NotDelivered

TIMEOUT_SECONDS = 30.0


class AnswerSender(Protocol):
    """Sends answers one by one."""

    async def send(self, answer: DueAnswer) -> None:
        """Send a mail. Raises NotDelivered."""

    async def check(self) -> str:
        """Make sure that answers could be sent; how, in words. Raises NotDelivered."""

    async def close(self) -> None:
        """Let go of the connection; the next answer opens it anew. Raises nothing."""


class SmtpSender:
    """By a mail server, over one connection for as long as it holds. `sender`: the address that answers."""

    def __init__(self, server: MailServer, sender: str) -> None:
        self._server = server
        self._tokens = TokenSource(server.oauth) if server.oauth else None
        self._from = parseaddr(sender)[1]
        self._client: aiosmtplib.SMTP | None = None

    async def send(self, answer: DueAnswer) -> None:
        """An address that the server refuses for good (5xx) is given up; all else may be better later."""
        try:
            client = await self._connected()
            international = not answer.recipient.isascii() and client.supports_extension("smtputf8")
            # The envelope names the address that answers, not none (RFC 3834, section 3.3): servers that customers log
            # in to send for their own address alone. A bounce has an empty return path, and is not answered.
            await client.sendmail(
                self._from, [answer.recipient], answer.content, mail_options=["SMTPUTF8"] if international else []
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _not_delivered(error.recipients[0]) from error
        except aiosmtplib.SMTPResponseException as error:
            if not isinstance(error, aiosmtplib.SMTPDataError):
                await self.close()
            raise _not_delivered(error) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            await self.close()
            raise NotDelivered(f"{self._server.host}:{self._server.port}: {error}", for_good=False) from error
        except asyncio.CancelledError:
            await self.close()  # broken off within a command: its answer would be taken for that of the next
            raise

    async def check(self) -> str:
        """Log in."""
        try:
            await self._connected()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise NotDelivered(f"{self._server.host}:{self._server.port}: {error}", for_good=False) from error
        return f"answers: from {self._from} by {self._server.host}"

    async def close(self) -> None:
        """Hang up."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        server = self._server
        self._client = client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=TIMEOUT_SECONDS,
            use_tls=server.encryption is Encryption.TLS,
            start_tls=server.encryption is Encryption.STARTTLS,
            tls_context=None if server.encryption is Encryption.NONE else ssl.create_default_context(),
        )
        await client.connect()
        if self._tokens is not None:
            token = await asyncio.to_thread(self._tokens.token)
            try:
                await client.auth_xoauth2(server.username, token)
            except aiosmtplib.SMTPAuthenticationError:
                self._tokens.forget()
                raise
        elif server.username:
            await client.login(server.username, server.password)
        return client


class FileSender:
    """Writes each answer to a folder as `.eml`: the same answer once, however often it is sent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, answer: DueAnswer) -> None:
        """Write it."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = self._folder / f"{answer.message_id}.draft"
            draft.write_bytes(answer.content)
            draft.replace(self._folder / f"{answer.message_id}.eml")
        except OSError as error:
            raise NotDelivered(f"{self._folder}: {error.strerror}", for_good=False) from error

    async def check(self) -> str:
        """The folder."""
        return f"answers: files in {self._folder}"

    async def close(self) -> None:
        """There is nothing to let go of."""


def _not_delivered(error: aiosmtplib.SMTPResponseException) -> NotDelivered:
    """A recipient or a mail that is refused stays refused; that a login or a sender is refused can be mended."""
    about_this_mail = isinstance(error, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError)
    return NotDelivered(f"{error.code} {error.message}"[:500], for_good=about_this_mail and error.code >= 500)
