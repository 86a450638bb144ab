"""Addresses of mail servers in settings."""

from pathlib import Path

import pytest

from app.mail_servers import Encryption, MailServer, mail_place


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("imaps://orders%40ours.com:p%2Fw@imap.ours.com", ("imap.ours.com", 993, Encryption.TLS, "INBOX")),
        ("imap://u:p@imap.ours.com/Sales%20orders", ("imap.ours.com", 143, Encryption.STARTTLS, "Sales orders")),
        ("imap+plain://u:p@127.0.0.1:1143", ("127.0.0.1", 1143, Encryption.NONE, "INBOX")),
        ("imaps://u:p@[::1]:9930", ("::1", 9930, Encryption.TLS, "INBOX")),
    ],
)
def test_a_url_names_a_server(url: str, server: tuple[str, int, Encryption, str]) -> None:
    found = mail_place(url, "imap")
    assert isinstance(found, MailServer)
    assert (found.host, found.port, found.encryption, found.folder) == server


def test_user_and_password_are_percent_decoded_and_the_password_is_not_shown() -> None:
    found = mail_place("imaps://orders%40ours.com:p%2Fw@imap.ours.com", "imap")
    assert isinstance(found, MailServer)
    assert (found.username, found.password) == ("orders@ours.com", "p/w")
    assert "p/w" not in repr(found)


def test_a_file_url_names_a_folder() -> None:
    assert mail_place("file:///srv/order%20mails", "imap") == Path("/srv/order mails")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "orders@ours.com",
        "imaps://",
        "smtps://u:p@host",
        "https://host",
        "imaps://host:x",
        "file://host/x",
        "file:x",
    ],
)
def test_what_names_neither_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is written like"):
        mail_place(url, "imap")
