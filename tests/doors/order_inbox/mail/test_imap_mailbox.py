"""A mailbox on servers that say it in other words than Dovecot does, and over TLS."""

import base64
import ssl
import threading
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.doors.order_inbox.mail import imap_mailbox
from app.doors.order_inbox.mail.access_tokens import TokenSource
from app.doors.order_inbox.mail.mailboxes import MailboxUnavailable, Waiting
from app.ground.mail_servers import Encryption, MailServer, OAuthClient
from tests.doors.order_inbox.mail.mail_worlds import imap, post
from tests.doors.order_inbox.mail.mails import HAD_AT
from tests.doors.order_inbox.mail.scripted_imap import OK, scripted_imap

UIDS = ["7/5"]
MAIL_5 = b"* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n"
XOAUTH2 = "AUTHENTICATE XOAUTH2"


def contents(*said: bytes) -> bytes:
    """What the mailbox makes of the mail when a server sends it in these words."""
    with scripted_imap(BODY=(b"".join(said) + OK,)) as server:
        mailbox = imap(server.place)
        mailbox.waiting()
        (content,) = mailbox.fetch(UIDS).values()
        mailbox.close()
    return content


@pytest.mark.parametrize(
    "said",
    [
        b"* 1 FETCH (BODY[] {5}\r\nhello UID 5)\r\n",
        b"* 1 FETCH (UID 5 BODY[] {5}\r\nhello FLAGS (\\Seen))\r\n",
        b'* 1 FETCH (UID 5 BODY[] "hello")\r\n',
        b"* 1 FETCH (FLAGS (\\Seen))\r\n" + MAIL_5,
        MAIL_5 + b"* 1 FETCH (UID 5 FLAGS (\\Seen))\r\n",
        b"* 4 FETCH (UID 8 BODY[] {3}\r\nbye)\r\n" + MAIL_5,
    ],
)
def test_a_mail_is_read_in_whatever_words_and_order_the_server_sends_it(said: bytes) -> None:
    assert contents(said) == b"hello"


@pytest.mark.parametrize("said", [b"", b"* 1 FETCH (UID 5 BODY[] NIL)\r\n", b"* 1 FETCH (UID 5 FLAGS ())\r\n"])
def test_a_mail_that_is_gone_has_no_content(said: bytes) -> None:
    with scripted_imap(BODY=(said + OK,)) as server:
        mailbox = imap(server.place)
        mailbox.waiting()
        assert mailbox.fetch(UIDS) == {}
        mailbox.close()


@pytest.mark.parametrize(
    ("date", "had_at"),
    [
        (b"23-Nov-2026 11:59:00 +0200", HAD_AT),
        (b" 3-Nov-2026 23:59:00 -0330", datetime(2026, 11, 4, 3, 29, tzinfo=UTC)),
    ],
)
def test_a_mail_was_had_at_the_servers_time_in_the_servers_zone(date: bytes, had_at: datetime) -> None:
    said = b'* 1 FETCH (INTERNALDATE "' + date + b'" RFC822.SIZE 5 UID 5)\r\n' + OK
    with scripted_imap(FETCH=(said,)) as server:
        mailbox = imap(server.place)
        assert mailbox.waiting() == [Waiting("7/5", had_at, 5)]
        mailbox.close()


@pytest.mark.parametrize("date", [b"NIL", b'"yesterday"', b'"23-Nov-2026 25:00:00 +0200"'])
def test_a_mail_of_no_known_time_is_not_taken(date: bytes) -> None:
    with scripted_imap(FETCH=(b"* 1 FETCH (UID 5 INTERNALDATE " + date + b" RFC822.SIZE 5)\r\n" + OK,)) as server:
        mailbox = imap(server.place)
        assert mailbox.waiting() == []
        mailbox.close()


def test_a_mail_that_came_since_the_last_look_is_not_waited_for(place: MailServer) -> None:
    mailbox = imap(place)
    mailbox.waiting()
    post(place)
    mailbox.wait(600)
    assert len(mailbox.waiting()) == 1
    mailbox.close()


def test_a_mail_that_is_told_of_with_the_start_of_the_wait_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_mailbox, "FIRST_IDLE_SECONDS", 0.01)
    with scripted_imap(IDLE=(b"+ idling\r\n* 2 EXISTS\r\n", OK)) as server:
        mailbox = imap(server.place)
        mailbox.waiting()
        mailbox.wait(600)
        mailbox.close()
    assert server.lines[-2:] == ["IDLE", "DONE"]


def test_what_is_no_mail_does_not_end_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_mailbox, "FIRST_IDLE_SECONDS", 0.01)
    with scripted_imap(IDLE=(b"+ idling\r\n* OK Still here\r\n* 1 FETCH (FLAGS (\\Seen))\r\n", OK)) as server:
        mailbox = imap(server.place)
        mailbox.waiting()
        mailbox.wait(0.1)
        mailbox.close()
    assert server.lines.count("DONE") > 2


def test_a_server_without_move_is_refused() -> None:
    said = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + OK
    with scripted_imap(CAPABILITY=(said,)) as server, pytest.raises(MailboxUnavailable, match="no MOVE"):
        imap(server.place).describe()


def test_a_server_without_idle_is_asked_again() -> None:
    with scripted_imap(CAPABILITY=(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN MOVE\r\n" + OK,)) as server:
        mailbox = imap(server.place)
        assert "is asked for new mails" in mailbox.describe()
        mailbox.wait(0)
        mailbox.close()
        assert "IDLE" not in server.lines


@pytest.mark.parametrize(("name", "password"), [("OURS\\orders\\box", 'a "b" c'), ("büro@example.test", "пароль")])
def test_names_and_passwords_have_any_character(name: str, password: str) -> None:
    with scripted_imap() as server:
        mailbox = imap(replace(server.place, username=name, password=password))
        mailbox.describe()
        mailbox.close()
        answer = server.lines[server.lines.index("AUTHENTICATE PLAIN") + 1]
    assert base64.b64decode(answer).decode() == f"\0{name}\0{password}"


def test_a_server_that_knows_logins_alone_is_logged_in_to() -> None:
    with scripted_imap(CAPABILITY=(b"* CAPABILITY IMAP4rev1 MOVE\r\n" + OK,)) as server:
        mailbox = imap(server.place)
        mailbox.describe()
        mailbox.close()
    assert 'LOGIN orders@example.test "secret"' in server.lines


def test_a_token_is_shown_once_and_its_refusal_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TokenSource, "token", lambda _: "a-token")
    refusal = (b"+ \r\n", b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n", b"$ NO refused\r\n")
    with scripted_imap(AUTHENTICATE=refusal) as server, pytest.raises(MailboxUnavailable, match="refused"):
        imap(replace(server.place, oauth=OAuthClient("https://login.example.test", "us"))).describe()
    shown, acknowledged = server.lines[server.lines.index(XOAUTH2) + 1 :]
    assert base64.b64decode(shown).decode() == "user=orders@example.test\1auth=Bearer a-token\1\1"
    assert acknowledged == ""


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's certificate for `localhost`, and the file that has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file


def trust(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """Let every client of this process trust a certificate."""
    create: Callable[..., Any] = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda *_, **__: create(cafile=file))


@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.STARTTLS])
def test_a_mailbox_is_read_over_tls(
    encryption: Encryption, certificate: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, file = certificate
    trust(monkeypatch, file)
    with scripted_imap(certificate=context, encryption=encryption) as server:
        mailbox = imap(server.place)
        assert mailbox.waiting() == [Waiting("7/5", HAD_AT, 5)]
        mailbox.close()
    assert ("STARTTLS" in server.lines) is (encryption is Encryption.STARTTLS)


@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.STARTTLS])
def test_a_server_that_cannot_prove_who_it_is_learns_no_password(
    encryption: Encryption, certificate: tuple[ssl.SSLContext, Path]
) -> None:
    with (
        scripted_imap(certificate=certificate[0], encryption=encryption) as server,
        pytest.raises(MailboxUnavailable, match="certificate verify failed"),
    ):
        imap(server.place).describe()
    assert not [line for line in server.lines if line.startswith(("AUTHENTICATE", "LOGIN"))]


def test_a_server_that_has_no_starttls_learns_no_password() -> None:
    said = b"* CAPABILITY IMAP4rev1 MOVE AUTH=PLAIN\r\n" + OK
    with (
        scripted_imap(CAPABILITY=(said,), encryption=Encryption.STARTTLS) as server,
        pytest.raises(MailboxUnavailable, match="STARTTLS"),
    ):
        imap(server.place).describe()
    assert set(server.lines) == {"CAPABILITY"}


@pytest.mark.parametrize("encryption", [Encryption.NONE, Encryption.TLS])
def test_a_wait_is_ended_from_another_thread(
    encryption: Encryption, certificate: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, file = certificate
    trust(monkeypatch, file)
    with scripted_imap(certificate=context, encryption=encryption) as server:
        mailbox = imap(server.place)
        mailbox.waiting()

        def interrupt() -> None:
            server.idling.wait()
            mailbox.interrupt()

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(MailboxUnavailable):
            mailbox.wait(600)
        thread.join()


def test_a_large_mail_is_held_in_memory_once(place: MailServer) -> None:
    size = 4 * 1024 * 1024
    post(place, bytes(size))
    mailbox = imap(place)
    (mail,) = mailbox.waiting()
    tracemalloc.start()
    mailbox.fetch([mail.uid])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    mailbox.close()
    assert most < 1.5 * mail.size
