"""The mailbox worked off by the real scheduler process, told by its environment alone."""

import asyncio
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from app.demo.server_starts import unused_port
from app.ground import clock
from app.ground.db.session import Database
from app.ground.mail_servers import MailServer
from tests.doors.order_inbox.mail.mail_worlds import Postbox, counts, mails_in, make_form, make_shops, post
from tests.processes import PATIENCE, exit_code_of, until
from tests.scheduler.test_processes import scheduler_on


async def test_the_leader_answers_a_mail_that_comes_while_it_waits_and_ends_at_once_when_it_is_told_to(
    committed: Database,
    committed_url: str,
    place: MailServer,
    postbox: Postbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (outlet,) = await make_shops(committed)
    user = quote(place.username, safe="")
    monkeypatch.setenv("FIELDPROOF_MAILBOX_URL", f"imap+plain://{user}:{place.password}@{place.host}:{place.port}")
    monkeypatch.setenv("FIELDPROOF_SMTP_URL", f"smtp+plain://127.0.0.1:{postbox.port}")
    monkeypatch.setenv("FIELDPROOF_MAIL_FROM", "Orders <orders@example.test>")
    monkeypatch.setenv("FIELDPROOF_MAIL_POLL_SECONDS", "600")
    metrics_port = unused_port()
    monkeypatch.setenv("FIELDPROOF_SCHEDULER_METRICS_PORT", str(metrics_port))
    day = (clock.wall() + timedelta(days=3)).date().isoformat()

    async def answered() -> bool:
        return len(postbox.mails) == 2

    async def made_its_folders() -> bool:
        return bool(await asyncio.to_thread(mails_in, place, "Processed"))

    async with scheduler_on(committed_url, tmp_path) as process:
        post(place, make_form(outlet, day=day), received_at=clock.wall().timestamp())
        await until(made_its_folders)
        post(place, make_form(outlet, 24, day=day), received_at=clock.wall().timestamp())
        await until(answered)
        async with httpx.AsyncClient() as http:
            told = await http.get(f"http://127.0.0.1:{metrics_port}/metrics")
        assert 'fieldproof_inbox_messages_total{status="processed"} 2.0' in told.text
        process.terminate()
        async with asyncio.timeout(PATIENCE):
            assert await exit_code_of(process) == 0
    assert (await counts(committed))["orders"] == 2
