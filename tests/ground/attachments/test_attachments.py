"""A file is sent, told and handed out as it came (P5)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.attachments import rules, service
from app.ground.attachments.models import KeptAttachment
from app.ground.attachments.stores import DirectoryStore, Store
from app.ground.errors import Invalid
from app.ground.web.access import Role
from app.ground.web.incoming_body import MOST_FILE_BYTES
from app.masters.identity.models import Device
from app.masters.territories.models import Rep, Territory
from tests.factories.appeals import make_attachment, make_png, send_file
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.territories import make_rep, make_territory


@pytest.fixture
async def rep(session: AsyncSession) -> Rep:
    return await make_rep(session, await make_territory(session))


@pytest.fixture
async def device(session: AsyncSession, rep: Rep) -> Device:
    return await make_device(session, rep)


@pytest.fixture
async def headers(app: FastAPI, device: Device) -> dict[str, str]:
    return bearer(app, device)


@pytest.fixture(params=["database", "directory"])
def store(request: pytest.FixtureRequest, app: FastAPI, tmp_path: Path) -> Iterator[Store | None]:
    """Where the app keeps files."""
    app.state.attachment_store = None if request.param == "database" else directory(tmp_path)
    yield app.state.attachment_store
    app.state.attachment_store = None


def directory(tmp_path: Path) -> DirectoryStore:
    """An empty one, or the one that was made before."""
    (tmp_path / "attachments").mkdir(exist_ok=True)
    return DirectoryStore(tmp_path / "attachments")


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_file_is_told_and_handed_out_as_it_came_to_be_saved(
    api: httpx.AsyncClient, headers: dict[str, str], rep: Rep, store: Store | None
) -> None:
    sent = await send_file(api, headers, name="Φωτο.png")
    assert sent.status_code == 201, sent.text
    told = sent.json()
    assert (told["name"], told["media_type"], told["size_bytes"]) == ("Φωτο.png", "image/png", len(make_png()))
    assert told["sent_by"] == f"device:{rep.code}"
    path = f"/v1/attachments/{told['id']}"
    assert (await api.get(path, headers=headers)).json() == told
    content = await api.get(f"{path}/content", headers=headers)
    assert content.content == make_png()
    expected = {
        "content-type": "image/png",
        "content-disposition": "attachment; filename=\"____.png\"; filename*=UTF-8''%CE%A6%CF%89%CF%84%CE%BF.png",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "private, no-store",
    }
    assert {name: content.headers[name] for name in expected} == expected


async def test_the_same_id_and_file_again_is_the_same_and_another_file_is_a_conflict(
    api: httpx.AsyncClient, headers: dict[str, str], session: AsyncSession, store: Store | None
) -> None:
    id_ = uuid4()
    first, again = [await send_file(api, headers, id_=id_) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = await send_file(api, headers, make_png(5, 5), id_=id_)
    assert (other.status_code, other.json()["type"]) == (409, "/problems#attachment-id-taken")
    assert await session.scalar(select(func.count()).select_from(KeptAttachment)) == 1


async def test_a_colleague_sees_no_file_and_takes_no_id(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, rep: Rep, headers: dict[str, str]
) -> None:
    id_ = (await send_file(api, headers)).json()["id"]
    colleague = await make_rep(session, await session.get_one(Territory, rep.territory_id))
    admin = await make_user(session, Role.ADMIN)
    for caller in (await make_device(session, colleague), admin):
        for path in (f"/v1/attachments/{id_}", f"/v1/attachments/{id_}/content"):
            assert (await api.get(path, headers=bearer(app, caller))).status_code == 404
    taken = await send_file(api, bearer(app, await make_device(session, colleague)), id_=UUID(id_))
    assert taken.status_code == 409
    new_phone = bearer(app, await make_device(session, rep))
    assert (await api.get(f"/v1/attachments/{id_}", headers=new_phone)).status_code == 200


async def test_a_file_past_ten_mebibytes_is_refused_and_one_of_that_size_is_looked_at(
    api: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    most = await send_file(api, headers, bytes(MOST_FILE_BYTES))
    assert (most.status_code, most.json()["errors"][0]["code"]) == (422, "type")
    more = await send_file(api, headers, bytes(MOST_FILE_BYTES + 1))
    assert (more.status_code, more.json()["limit_bytes"]) == (413, MOST_FILE_BYTES)
    much = await send_file(api, headers, bytes(2 * MOST_FILE_BYTES))
    assert much.status_code == 413


async def test_a_body_that_does_not_say_how_long_it_is_ends_at_the_limit(
    api: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    sent_bytes = 0

    async def endless() -> Any:
        nonlocal sent_bytes
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        while sent_bytes < 10 * MOST_FILE_BYTES:
            sent_bytes += 64 * 1024
            yield bytes(64 * 1024)

    form = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await api.post("/v1/attachments", content=endless(), headers=headers | form)
    assert answer.status_code == 413
    assert "limit_bytes" in answer.json()


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"", "multipart/form-data; boundary=b"),
        (b"--b\r\nnonsense", "multipart/form-data; boundary=b"),
        (b"--b--", "multipart/form-data"),
        (b"{}", "application/json"),
        (
            b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        (make_png(), "image/png"),
    ],
)
async def test_a_form_without_a_file_is_refused(
    api: httpx.AsyncClient, headers: dict[str, str], content: bytes, form: str
) -> None:
    answer = await api.post("/v1/attachments", content=content, headers=headers | {"Content-Type": form})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), answer.text


async def test_a_page_that_says_to_be_a_picture_is_refused_and_not_kept(
    api: httpx.AsyncClient, headers: dict[str, str], session: AsyncSession, store: Store | None, tmp_path: Path
) -> None:
    answer = await send_file(api, headers, b"<html><script>alert(1)</script></html>")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems#unfit-attachment")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("/file", "markup")]
    assert await session.scalar(select(func.count()).select_from(KeptAttachment)) == 0
    assert files_in(tmp_path / "attachments") == []


async def test_a_rep_may_have_thirty_files_that_are_attached_to_nothing(
    api: httpx.AsyncClient, headers: dict[str, str], session: AsyncSession, rep: Rep
) -> None:
    colleague = await make_rep(session, await session.get_one(Territory, rep.territory_id))
    await make_attachment(session, colleague)
    await make_attachment(session, rep, attached_to="x", record_id=uuid4())
    ids = [uuid4() for _ in range(rules.MOST_ALONE)]
    for id_ in ids:
        assert (await send_file(api, headers, id_=id_)).status_code == 201
    one_more = await send_file(api, headers)
    assert (one_more.status_code, one_more.json()["type"]) == (409, "/problems#too-many-attachments")
    assert (await send_file(api, headers, id_=ids[0])).status_code == 200


async def test_a_store_that_is_away_keeps_nothing_and_the_file_can_be_sent_again(
    api: httpx.AsyncClient, headers: dict[str, str], app: FastAPI, session: AsyncSession, rep: Rep, tmp_path: Path
) -> None:
    id_, place = uuid4(), tmp_path / "attachments"
    place.write_text("in the way")
    app.state.attachment_store = DirectoryStore(place)
    away = await send_file(api, headers, id_=id_)
    assert (away.status_code, away.json()["type"]) == (503, "/problems#attachment-store-away")
    assert (await api.get(f"/v1/attachments/{id_}", headers=headers)).status_code == 404
    with pytest.raises(Invalid):
        await service.attach(session, [id_], rep_id=rep.id, attached_to="x", record_id=uuid4(), at=clock.now())
    for _ in range(rules.MOST_ALONE):  # which is nothing that this rep has in the store
        assert (await send_file(api, headers)).status_code == 503
    place.unlink()
    place.mkdir()
    assert (await send_file(api, headers, id_=id_)).status_code == 200
    assert (await api.get(f"/v1/attachments/{id_}/content", headers=headers)).content == make_png()
    app.state.attachment_store = None


async def test_what_comes_again_after_the_store_was_away_is_counted_like_a_new_file(
    api: httpx.AsyncClient, headers: dict[str, str], app: FastAPI, tmp_path: Path
) -> None:
    id_ = uuid4()
    app.state.attachment_store = DirectoryStore(tmp_path / "nowhere")
    assert (await send_file(api, headers, id_=id_)).status_code == 503
    app.state.attachment_store = directory(tmp_path)
    for _ in range(rules.MOST_ALONE):
        assert (await send_file(api, headers)).status_code == 201
    assert (await send_file(api, headers, id_=id_)).status_code == 409
    app.state.attachment_store = None


class WatchedTurns(asyncio.Semaphore):
    """Tells when somebody asks for a turn."""

    def __init__(self, value: int) -> None:
        super().__init__(value)
        self.asked = asyncio.Event()

    async def acquire(self) -> Literal[True]:
        self.asked.set()
        return await super().acquire()


async def test_a_file_that_is_handed_out_waits_for_its_turn(
    api: httpx.AsyncClient, headers: dict[str, str], app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = (await send_file(api, headers)).json()["id"]
    turns = WatchedTurns(0)
    monkeypatch.setattr(app.state, "attachment_turns", turns)
    asking = asyncio.create_task(api.get(f"/v1/attachments/{id_}/content", headers=headers))
    await turns.asked.wait()
    assert not asking.done()
    turns.release()
    assert (await asking).content == make_png()
    assert not turns.locked()


async def test_a_file_that_was_altered_in_its_store_is_not_handed_out(
    api: httpx.AsyncClient, headers: dict[str, str], app: FastAPI, tmp_path: Path
) -> None:
    app.state.attachment_store = directory(tmp_path)
    id_ = (await send_file(api, headers)).json()["id"]
    (file,) = files_in(tmp_path / "attachments")
    file.write_bytes(b"<script>")
    assert (await api.get(f"/v1/attachments/{id_}/content", headers=headers)).status_code == 503
    app.state.attachment_store = None


async def test_what_was_kept_in_the_database_is_found_after_another_store_was_set(
    api: httpx.AsyncClient, headers: dict[str, str], app: FastAPI, tmp_path: Path
) -> None:
    id_ = (await send_file(api, headers)).json()["id"]
    app.state.attachment_store = directory(tmp_path)
    assert (await api.get(f"/v1/attachments/{id_}/content", headers=headers)).content == make_png()
    app.state.attachment_store = None
