"""Whether the store of attachments can be written to, told by `fieldproof doctor`."""

from pathlib import Path

import pytest

from app.diagnosis.attachments import look_at_attachments
from app.ground.findings import Gravity
from app.ground.settings import Settings
from tests.ground.attachments.s3_server import serving


async def gravity_of(settings: Settings) -> tuple[Gravity, str]:
    (finding,) = [finding async for finding in look_at_attachments(settings)]
    assert finding.subject == "attachments"
    return finding.gravity, finding.detail


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_that_the_database_keeps_them_is_a_note() -> None:
    assert (await gravity_of(Settings()))[0] is Gravity.NOTE


async def test_a_directory_that_can_be_written_to_is_fine_and_nothing_stays_in_it(tmp_path: Path) -> None:
    assert (await gravity_of(Settings(attachments_url=f"file://{tmp_path}")))[0] is Gravity.FINE
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("place", ["missing", "file"])
async def test_a_directory_that_cannot_be_written_to_is_wrong(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("in the way")
    gravity, detail = await gravity_of(Settings(attachments_url=f"file://{tmp_path}/{place}"))
    assert gravity is Gravity.WRONG
    assert place in detail


async def test_a_bucket_is_fine_with_its_keys_and_wrong_with_others() -> None:
    with serving() as bucket:
        values = {
            "attachments_url": f"s3://{bucket.name}/attachments",
            "s3_endpoint_url": bucket.endpoint_url,
            "s3_access_key_id": bucket.access_key_id,
        }
        sound = Settings(**values, s3_secret_access_key=bucket.secret_access_key)  # type: ignore[arg-type] # parsed
        assert (await gravity_of(sound))[0] is Gravity.FINE
        other = Settings(**values, s3_secret_access_key="guessed")  # type: ignore[arg-type] # parsed
        gravity, detail = await gravity_of(other)
    assert gravity is Gravity.WRONG
    assert "guessed" not in detail
