"""`fieldproof demo`."""

from typing import Annotated

import typer

from app.demo import terminal
from app.ground.db.address import database_url
from app.ground.settings import Settings


def demo(seed: Annotated[int, typer.Option(help="same seed, same day")] = 1) -> None:
    """Play the demo day on an empty, migrated database, and print its table."""
    settings = Settings()
    terminal.play_demo(settings, database_url(settings), seed)
