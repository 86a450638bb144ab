"""What the demo's doubts and points are explained by, and what a refused form says, in Greek and Russian."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.demo import accounts
from app.demo.connection import Connection
from app.doors.console.sentences.speaker import speaker
from app.ground import clock
from app.ground.db.session import Database
from app.masters.identity.models import User
from tests.demo_world import SATURDAY
from tests.doors.console.console_sessions import forgery_token, log_in
from tests.doors.console.test_sentences import TRANSLATED, english_in

_ENGLISH = re.compile(r"\b(?:the|was|of|by|is|not|its|no|came|order|check-in|doubt)\b")
"""Words of which every sentence of the API has one, and no name of the demo."""
_REMARK = re.compile(r"«[^«»]*»")
"""What a person wrote stays in that person's language."""


@pytest.fixture(scope="module")
async def admin(console: str) -> AsyncIterator[Connection]:
    with clock.fixed(SATURDAY):
        async with httpx.AsyncClient(base_url=console) as http:
            yield await Connection.log_in(http, accounts.ADMIN, accounts.PASSWORD)


@pytest.mark.parametrize("language", TRANSLATED)
async def test_every_doubt_is_told_in_the_language(language: str, admin: Connection) -> None:
    doubts = (await admin.get("/v1/risk-signals", limit="500"))["items"]
    said = [speaker(language)(doubt["explanation"]) for doubt in doubts]
    assert (len(said) > 5, [text for text in said if _ENGLISH.search(text)]) == (True, [])


@pytest.mark.parametrize("language", TRANSLATED)
async def test_every_kind_of_points_is_explained_in_the_language(language: str, admin: Connection) -> None:
    reps = [rep["code"] for rep in (await admin.get("/v1/reps"))["items"]]
    ledgers = [await admin.get(f"/v1/reps/{rep}/points", month="2026-11") for rep in reps]
    entries = [entry for ledger in ledgers for entry in ledger["items"]]
    kinds = {(entry["rule"], entry["kind"], entry["note"]): entry["id"] for entry in entries}
    texts: list[str] = []
    for id_ in kinds.values():
        explanation = await admin.get(f"/v1/points/{id_}/explanation")
        texts += [explanation["text"], *explanation["would_have_changed_it"]]
    said = [speaker(language)(text) for text in texts]
    assert (len(kinds) > 5, [text for text in said if _ENGLISH.search(_REMARK.sub("", text))]) == (True, [])


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "Use at least 8 characters."),
        ("el", "Τουλάχιστον 8 χαρακτήρες."),
        ("ru", "Не менее 8 знаков."),
    ],
)
async def test_a_refused_form_says_why_in_the_language(
    language: str, says: str, console: str, console_app: FastAPI, demo_database: Database
) -> None:
    async with demo_database.transaction() as session:
        admin = await session.scalar(select(User).where(User.username == accounts.ADMIN))
        assert admin is not None
        cookies = await log_in(session, console_app, admin)
    form = {
        "_forgery_token": forgery_token(console_app, cookies),
        "current_password": accounts.PASSWORD,
        "password": "x-42",
        "password_again": "x-42",
    }
    async with httpx.AsyncClient(base_url=console, cookies=cookies) as http:
        headers = {"Accept-Language": language, "Origin": console}
        answer = await http.post("/console/me/password", data=form, headers=headers)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert language == "en" or english_in(answer.text) == []
