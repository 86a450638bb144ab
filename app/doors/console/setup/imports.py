"""Imports by upload: a file is checked first, and then imported, from one form that keeps it.

Between the two nothing is held by the server: the browser sends the file with each step, and the second must bring the
bytes that were checked.
"""

from typing import Annotated, Any, Literal

from fastapi import Query, Response

from app.doors.console.api_calls import ApiRefusal
from app.doors.console.forms import SentForm
from app.doors.console.pages import AdminsPage, console_router
from app.doors.console.setup import records
from app.doors.console.setup.import_files import (
    CHARSETS,
    COLUMNS,
    MOST_SHOWN,
    ImportOutcome,
    complaints_of,
    digest_of,
    errors_as_csv,
    media_type_of,
    outcome_of,
    place_of,
)
from app.ground.web.paths import attachment

router = console_router()

Kind = Literal[
    "territories",
    "reps",
    "outlets",
    "products",
    "prices",
    "stock",
    "visits",
    "assortment_targets",
    "deliveries",
    "returns",
]
PAGE_OF = {
    "territories": "territories",
    "reps": "reps",
    "outlets": "outlets",
    "products": "products",
    "prices": "prices",
    "stock": "stock",
    "assortment_targets": "assortment-targets",
}
"""Where what was imported is looked at."""


@router.get("/setup/imports")
async def show_imports(page: AdminsPage, kind: Annotated[Kind, Query()] = "outlets") -> Response:
    """The form of a kind."""
    return _page(page, kind)


@router.get("/setup/imports/{kind}.csv")
async def download_template(_: AdminsPage, kind: Kind) -> Response:
    """A file of a kind with its header and nothing else."""
    return _csv_file(f"{kind}.csv", "\ufeff" + ",".join(COLUMNS[kind]) + "\r\n")


@router.post("/setup/imports")
async def check_or_import(page: AdminsPage) -> Response:
    """Check a file, import it, or answer what is wrong with it as a file: what the button says."""
    form = await page.form()
    kind = form.raw("kind")
    if kind not in COLUMNS:
        raise ApiRefusal(404, {"detail": "There is no such kind of file."})
    file = form.file("file")
    if file is None:
        return _page(page, kind, form, said="no_file", status=422)
    media_type = media_type_of(file.filename or "", form.raw("charset"))
    if media_type is None:
        return _page(page, kind, form, said="unknown_suffix", status=422)
    content = await file.read()
    digest, step = digest_of(kind, content), form.raw("step")
    is_another = step == "import" and digest != form.raw("checked")
    dry_run = step != "import" or is_another
    query = _options(kind, form) | {"dry_run": dry_run, "atomic": form.flag("atomic") and not dry_run}
    try:
        answer = await page.api.send("POST", f"/v1/imports/{kind}", content, media_type, **query)
    except ApiRefusal as refusal:
        records.must_be_answered_by_the_form(refusal)
        return _page(page, kind, form, refusal=refusal, status=refusal.status)
    outcome = outcome_of(answer)
    if step == "errors":
        return _csv_file(f"{kind}-errors.csv", errors_as_csv(outcome))
    said = "is_another" if is_another else "checked" if dry_run else "imported"
    return _page(page, kind, form, outcome=outcome, digest=digest, said=said)


def _options(kind: str, form: SentForm) -> dict[str, Any]:
    """What may be said of a kind alone."""
    if kind == "visits":
        return {"override_freeze": form.flag("override_freeze")}
    if kind == "territories" and form.flag("effective_today"):
        return {"effective": "today"}
    return {}


def _csv_file(name: str, text: str) -> Response:
    headers = {"Content-Disposition": attachment(name)}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)


def _page(
    page: AdminsPage,
    kind: str,
    form: SentForm | None = None,
    *,
    outcome: ImportOutcome | None = None,
    digest: str = "",
    said: str | None = None,
    refusal: ApiRefusal | None = None,
    status: int = 200,
) -> Response:
    """The whole page, or for its script what came of the file."""
    settings = page.request.app.state.settings
    errors = refusal.errors[:MOST_SHOWN] if refusal else []
    return page.render(
        "setup/import_outcome.html" if page.is_fragment else "setup/imports.html",
        status=status,
        kinds=tuple(COLUMNS),
        kind=kind,
        columns=COLUMNS[kind],
        charsets=CHARSETS,
        charset=form.raw("charset") if form else CHARSETS[0],
        ticked=form or (),
        outcome=outcome,
        rejected=[row | {"complaints": complaints_of(row)} for row in outcome.rejected[:MOST_SHOWN]] if outcome else [],
        digest=digest,
        step_said=said,
        import_problem=refusal,
        import_complaints=[(*place_of(error["pointer"]), error["message"]) for error in errors],
        most_bytes=settings.import_limit_bytes,
        page_of_kind=PAGE_OF.get(kind),
    )
