"""Addresses of mail servers in settings."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.ground.mail_servers import Encryption, MailServer, OAuthClient, mail_place
from app.ground.settings import Settings


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


OAUTH = {
    "mailbox_url": "imaps://orders%40ours.com@imap.ours.com",
    "smtp_url": "smtp://orders%40ours.com:password@smtp.ours.com",
    "mail_from": "orders@ours.com",
    "mail_oauth_token_url": "https://login.ours.com/token",
    "mail_oauth_client_id": "fieldproof",
    "mail_oauth_client_secret": "secret",
}


def test_a_server_whose_url_has_no_password_is_logged_in_to_by_token_and_no_other() -> None:
    settings = Settings(**OAUTH)  # type: ignore[arg-type] # parsed
    assert isinstance(settings.mailbox, MailServer)
    assert isinstance(settings.smtp, MailServer)
    assert settings.mailbox.oauth == OAuthClient("https://login.ours.com/token", "fieldproof", "secret")
    assert settings.smtp.oauth is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"mail_oauth_token_url": None}, "a user without a password needs FIELDPROOF_MAIL_OAUTH_TOKEN_URL"),
        ({"mail_oauth_token_url": "http://login.ours.com/token"}, "must begin with https://"),
        ({"mail_oauth_token_url": "login"}, "must begin with https://"),
        ({"mail_oauth_client_id": ""}, "needs FIELDPROOF_MAIL_OAUTH_CLIENT_ID"),
        ({"mail_oauth_client_secret": ""}, "or FIELDPROOF_MAIL_OAUTH_REFRESH_TOKEN"),
        ({"mailbox_url": "imaps://u:p@imap.ours.com"}, "names a user and no password"),
    ],
)
def test_settings_for_tokens_that_cannot_work_are_refused_at_the_start(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Settings(**(OAUTH | change))
