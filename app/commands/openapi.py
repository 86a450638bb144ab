"""`fieldproof openapi`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web import openapi
from app.main import create_app


def write_openapi(folder: Annotated[Path, typer.Argument(help="where to write")] = Path("openapi")) -> None:
    """Write openapi.json and problems.md."""
    app = create_app(Settings(token_secret="unused" * 8), Database("postgresql://nowhere"))  # type: ignore[arg-type] # parsed
    (folder / "openapi.json").write_text(json.dumps(openapi.document(app), indent=1, ensure_ascii=False) + "\n")
    (folder / "problems.md").write_text(openapi.problem_types())
