"""A private mail server: Dovecot (2.3 or 2.4) on a port of the loopback, for the demo day and the tests."""

import contextlib
import grp
import imaplib
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from app.demo.server_starts import NotStarted, unused_port, wait_until_ready
from app.ground.mail_servers import Encryption, MailServer

START_SECONDS = 15.0
STOP_SECONDS = 10.0
PASSWORD = "secret"  # noqa: S105 # of a server that nobody else reaches, and that is thrown away

_COMMON = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
ssl = no
protocols = imap
mail_max_userip_connections = 50
auth_failure_delay = 0
{users}
service anvil {{
  {chroot}
}}
service imap-login {{
  {chroot}
  inet_listener imap {{
    {listen} = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""
_OF_2_3 = """
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""
_OF_2_4 = """
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
passdb passwd-file {{
  passwd_file_path = {folder}/users
  auth_username_format = %{{user}}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}/mail/%{{user}}
  }}
}}
namespace inbox {{
  inbox = yes
}}
"""
_TOKENS_OF_2_3 = """
auth_mechanisms = plain login xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2
}}
"""
_INTROSPECTION_OF_2_3 = """
introspection_mode = post
introspection_url = {introspection_url}
username_attribute = username
active_attribute = active
active_value = true
"""
_TOKENS_OF_2_4 = """
auth_mechanisms = plain login xoauth2
oauth2 {{
  introspection_mode = post
  introspection_url = {introspection_url}
  force_introspection = yes
  username_attribute = username
  active_attribute = active
  active_value = true
}}
"""
_VERSIONS_OF_2_4 = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n"


class NoMailServer(Exception):
    """There is no Dovecot here that can be started: why, in words."""


def dovecot() -> tuple[str, str]:
    """The program and its version, 2.3 or 2.4. Raises NoMailServer where there is none, or one of another version."""
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise NoMailServer("Dovecot is not installed (Debian: dovecot-imapd)")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    match = re.match(r"2\.[34]", version)
    if match is None:
        raise NoMailServer(f"Dovecot {version or 'of an unknown version'} is neither 2.3 nor 2.4")
    return program, match[0]


@contextlib.contextmanager
def mail_server(*accounts: str, introspection_url: str | None = None) -> Iterator[dict[str, MailServer]]:
    """Run one for as long as the block lasts; the accounts' addresses and how they are reached. Raises NoMailServer.

    `introspection_url`: where it asks whose an access token is (RFC 7662), for accounts that log in by XOAUTH2.
    It ends with the thread that runs it, however that ends.
    """
    program, version = dovecot()
    folder = Path(tempfile.mkdtemp(prefix="fieldproof-mail-"))
    port = unused_port()
    try:
        (folder / "dovecot.conf").write_text(_configure(folder, port, version, introspection_url))
        (folder / "users").write_text("".join(f"{account}:{{PLAIN}}{PASSWORD}\n" for account in accounts))
        server = subprocess.Popen(
            [*_ending_with_us(), program, "-F", "-c", str(folder / "dovecot.conf")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            places = {
                account: MailServer("127.0.0.1", port, Encryption.NONE, account, PASSWORD) for account in accounts
            }
            try:
                wait_until_ready(server, partial(_lets_in, places[accounts[0]]), START_SECONDS)
            except NotStarted as error:
                raise NoMailServer(f"Dovecot: {error}. {_end_of_log(folder)}") from error
            yield places
        finally:
            server.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(STOP_SECONDS)
            server.kill()
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ending_with_us() -> list[str]:
    """What stands before a command that the kernel is to end with us (Linux): were we killed, nobody else would."""
    program = shutil.which("setpriv")
    return [program, "--pdeathsig", "TERM", "--"] if program else []


def _configure(folder: Path, port: int, version: str, introspection_url: str | None) -> str:
    """As root the mails belong to nobody; another user runs all of it as himself, locked up nowhere."""
    (folder / "mail").mkdir()
    if os.geteuid() == 0:
        folder.chmod(0o711)
        nobody = pwd.getpwnam("nobody")
        os.chown(folder / "mail", nobody.pw_uid, nobody.pw_gid)
        uid, gid, users, chroot = nobody.pw_name, grp.getgrgid(nobody.pw_gid).gr_name, "", ""
    else:
        uid, gid = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
        users = f"default_internal_user = {uid}\ndefault_login_user = {uid}\ndefault_internal_group = {gid}"
        chroot = "chroot ="
    before, settings, listen = ("", _OF_2_3, "address") if version == "2.3" else (_VERSIONS_OF_2_4, _OF_2_4, "listen")
    values = {"folder": folder, "port": port, "uid": uid, "gid": gid, "users": users, "chroot": chroot}
    if introspection_url is not None:
        settings = (_TOKENS_OF_2_3 if version == "2.3" else _TOKENS_OF_2_4) + settings
        (folder / "oauth2").write_text(_INTROSPECTION_OF_2_3.format(introspection_url=introspection_url))
        values["introspection_url"] = introspection_url
    return before + _COMMON.format(**values, listen=listen) + settings.format(**values)


def _end_of_log(folder: Path) -> str:
    log = folder / "dovecot.log"
    return log.read_text(errors="replace")[-500:] if log.exists() else "It has written no log."


def _lets_in(place: MailServer) -> bool:
    try:
        with imaplib.IMAP4(place.host, place.port, timeout=START_SECONDS) as client:
            client.login(place.username, place.password)
    except (OSError, imaplib.IMAP4.error):
        return False
    return True


def deliver(place: MailServer, mail: bytes, received_at: float | None = None) -> None:
    """Put a mail into an account's mailbox, as received at a moment (unix time; None: now)."""
    with imaplib.IMAP4(place.host, place.port, timeout=START_SECONDS) as client:
        client.login(place.username, place.password)
        internal_date = imaplib.Time2Internaldate(received_at if received_at is not None else time.time())
        status, response = client.append(
            place.folder, "", internal_date, mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        )
        if status != "OK":
            raise OSError(f"APPEND: {status} {response!r:.200}")
