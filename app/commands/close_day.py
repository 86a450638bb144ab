"""`fieldproof close-day`."""

from datetime import datetime
from typing import Annotated

import typer

from app.closing.cutoff import service as cutoff
from app.closing.cutoff.schemas import CutoffRunAnswer
from app.commands.databases import with_database
from app.ground.db.address import database_url
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.masters.territories import service as territories
from app.masters.territories.errors import TerritoryNotFound


def close_day(
    territory: Annotated[str, typer.Option(help="the territory's code")],
    day: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="the business date")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="answer what would be flagged, write nothing")] = False,
) -> None:
    """Close a territory's day by hand, or ask what would be flagged."""

    async def close(database: Database) -> str:
        async with database.read_only() if dry_run else database.transaction() as session:
            facts = (await territories.territories_by_code(session, [territory])).get(territory)
            if facts is None:
                raise TerritoryNotFound(f"There is no territory {territory}.")
            if dry_run:
                answer = CutoffRunAnswer.of_preview(await cutoff.preview(session, facts.id, day.date()))
            else:
                run = await cutoff.close_day(session, facts.id, day.date(), triggered_by="cli")
                answer = CutoffRunAnswer.of(run, facts.code)
        return answer.model_dump_json(indent=2)

    typer.echo(with_database(database_url(Settings()), close))
