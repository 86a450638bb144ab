"""Mail servers that want access tokens in place of a password: a real Dovecot, a real SMTP server, real HTTP."""

import asyncio
import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope

from app.demo.mail_server import mail_server
from app.doors.order_inbox.mail.access_tokens import NoToken, TokenSource
from app.doors.order_inbox.mail.answer_senders import SmtpSender
from app.doors.order_inbox.mail.mailboxes import MailboxUnavailable
from app.doors.order_inbox.mail.records import DueAnswer
from app.ground import clock
from app.ground.mail_servers import Encryption, MailServer
from app.ground.outbox import NotDelivered
from tests.conftest import MONDAY_NOON
from tests.doors.order_inbox.mail.authorization_servers import SECRET, AuthorizationServer, authorization_server
from tests.doors.order_inbox.mail.mail_worlds import OURS, Postbox, imap, post


@pytest.fixture
def authority() -> Iterator[AuthorizationServer]:
    with authorization_server(OURS) as server:
        yield server


@pytest.fixture(scope="module")
def mailbox_by_token() -> Iterator[tuple[MailServer, AuthorizationServer]]:
    """A mailbox whose password we do not know, and who gives the tokens that open it."""
    with (
        authorization_server(OURS) as authority,
        mail_server(OURS, introspection_url=f"{authority.url}/introspect") as places,
    ):
        yield places[OURS], authority


def test_a_mailbox_is_opened_by_a_token_in_place_of_a_password(
    mailbox_by_token: tuple[MailServer, AuthorizationServer],
) -> None:
    place, authority = mailbox_by_token
    post(place)
    mailbox = imap(replace(place, password="", oauth=authority.client))
    assert len(mailbox.waiting()) == 1
    mailbox.close()


def test_a_token_that_the_server_refuses_is_not_shown_again(
    mailbox_by_token: tuple[MailServer, AuthorizationServer],
) -> None:
    place, authority = mailbox_by_token
    mailbox = imap(replace(place, password="", oauth=authority.client))
    mailbox.waiting()
    mailbox.close()
    authority.tokens.append("all before it are revoked")
    with pytest.raises(MailboxUnavailable):
        mailbox.waiting()
    mailbox.waiting()
    mailbox.close()


def test_a_mailbox_for_which_no_token_is_given_says_so(
    mailbox_by_token: tuple[MailServer, AuthorizationServer],
) -> None:
    place, authority = mailbox_by_token
    mailbox = imap(replace(place, password="", oauth=replace(authority.client, client_secret="another")))
    with pytest.raises(MailboxUnavailable, match="invalid_client The secret is wrong"):
        mailbox.waiting()


class PostboxByToken(Postbox):
    """Takes mail from whom one of an authority's tokens was given to."""

    authority: AuthorizationServer

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 # the name is aiosmtpd's
        """As Microsoft and Gmail do: a refusal is a challenge first."""
        told = base64.b64decode(args[1]).decode()
        if told == f"user={OURS}\1auth=Bearer {self.authority.tokens[-1]}\1\1":
            return AuthResult(success=True, auth_data=OURS)
        await server.challenge_auth('{"status":"401"}')
        return AuthResult(success=False, handled=False)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        """Likewise."""
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        return await super().handle_RCPT(server, session, envelope, address, options)


async def test_answers_leave_by_a_server_that_wants_a_token(authority: AuthorizationServer) -> None:
    box, loop = PostboxByToken(), asyncio.get_running_loop()
    box.authority = authority

    def protocol() -> SMTP:
        return SMTP(box, loop=loop, hostname="example.test", auth_require_tls=False)

    async with await loop.create_server(protocol, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        sender = SmtpSender(MailServer("127.0.0.1", port, Encryption.NONE, OURS, oauth=authority.client), OURS)
        await sender.send(answer())
        assert len(box.mails) == 1
        await sender.close()
        authority.tokens.append("all before it are revoked")
        with pytest.raises(NotDelivered) as refused:
            await sender.send(answer())
        assert not refused.value.for_good
        await sender.send(answer())
        await sender.close()
    assert len(box.mails) == 2


def answer() -> DueAnswer:
    return DueAnswer(uuid4(), "shop@example.test", b"Subject: Your order\r\n\r\nTaken.\r\n")


def test_a_token_is_asked_for_when_none_holds(authority: AuthorizationServer, the_clock: clock.SetClock) -> None:
    tokens = TokenSource(authority.client)
    first = tokens.token()
    the_clock.move_to(datetime(2026, 11, 23, 10, 57, tzinfo=UTC))
    assert tokens.token() == first
    the_clock.move_to(datetime(2026, 11, 23, 10, 58, tzinfo=UTC))
    assert tokens.token() != first


@pytest.mark.parametrize("lifetime", [None, "soon", -1, 60])
def test_a_token_without_a_lifetime_that_is_worth_keeping_is_used_once(
    authority: AuthorizationServer, lifetime: object
) -> None:
    authority.lifetime_seconds = lifetime
    tokens = TokenSource(authority.client)
    assert tokens.token() != tokens.token()


@pytest.mark.parametrize("lifetime", ["3600", 10**6, 2**63, "9" * 1000])
def test_a_lifetime_may_be_text_and_past_all_measure_it_is_a_day(
    authority: AuthorizationServer, the_clock: clock.SetClock, lifetime: object
) -> None:
    authority.lifetime_seconds = lifetime
    tokens = TokenSource(authority.client)
    first = tokens.token()
    assert tokens.token() == first
    the_clock.move_to(MONDAY_NOON + timedelta(days=1))
    assert tokens.token() != first


def test_a_client_asks_in_its_own_name(authority: AuthorizationServer) -> None:
    TokenSource(authority.client).token()
    assert authority.asked == [
        {"grant_type": "client_credentials", "client_id": "fieldproof", "client_secret": SECRET, "scope": "mail"}
    ]


def test_a_client_with_a_refresh_token_asks_by_it(authority: AuthorizationServer) -> None:
    TokenSource(replace(authority.client, client_secret="", scope="", refresh_token=SECRET)).token()
    assert authority.asked == [{"grant_type": "refresh_token", "client_id": "fieldproof", "refresh_token": SECRET}]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>Sign in</html>"),
        (200, b"{}"),
        (200, b'{"access_token": "two\\r\\nlines"}'),
        (200, b'{"access_token": "' + b"x" * 70_000 + b'"}'),
        (302, b""),
        (500, b'{"access_token": "x"}'),
    ],
)
def test_whatever_else_is_answered_is_no_token(authority: AuthorizationServer, status: int, body: bytes) -> None:
    authority.answer = (status, body)
    with pytest.raises(NoToken, match=f"/token: {status} no token"):
        TokenSource(authority.client).token()


def test_an_authorization_server_that_is_away_is_told_of(authority: AuthorizationServer) -> None:
    with pytest.raises(NoToken, match=re.escape("http://127.0.0.1:9/token: ")):
        TokenSource(replace(authority.client, token_url="http://127.0.0.1:9/token")).token()


def test_an_address_that_is_none_is_told_of(authority: AuthorizationServer) -> None:
    with pytest.raises(NoToken):
        TokenSource(replace(authority.client, token_url="https://login.ours.com:x/token")).token()


def test_what_a_client_knows_is_not_in_what_is_printed_of_it(authority: AuthorizationServer) -> None:
    assert SECRET not in repr(replace(authority.client, refresh_token=SECRET))
