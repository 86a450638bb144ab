"""What is looked after before the service begins."""

from pathlib import Path

import structlog

from app.ground.db.beginning import begin
from tests.databases import as_owner, execute, scalars

EPOCHS = "SELECT max(number) FROM position_epochs"


async def test_a_database_that_has_come_from_elsewhere_begins_an_epoch_before_it_is_served(committed_url: str) -> None:
    await begin(committed_url)
    (before,) = await scalars(committed_url, EPOCHS)
    await execute(as_owner(committed_url), "UPDATE position_epochs SET system_identifier = 1")
    for _ in range(2):
        await begin(committed_url)
    assert await scalars(committed_url, EPOCHS) == [before + 1]


async def test_a_service_that_owns_its_tables_is_warned_of_and_goes_on(committed_url: str) -> None:
    with structlog.testing.capture_logs() as told:
        await begin(committed_url)
        await begin(as_owner(committed_url))
    assert [(line["event"], line["log_level"]) for line in told] == [("service_owns_tables", "warning")]


async def test_a_database_that_is_away_keeps_nobody_from_starting(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as told:
        await begin(f"postgresql://fieldproof@/fieldproof?host={tmp_path}")
    assert [line["event"] for line in told] == ["database_not_ready"]
