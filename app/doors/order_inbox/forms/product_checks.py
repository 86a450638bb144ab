"""Whether a form's own names of products say something else than its codes: a spreadsheet makes 123 of 00123.

A product that has got another name since the form went out contradicts nothing: only the name of another product does,
or an unknown name beside a code that differs from another one by its zeros alone.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_inbox.forms.records import ReceivedForm
from app.ground.errors import FieldProblem
from app.masters.catalogue.service import product_names, products_alike

Line = tuple[int, str, str]
"""The number of a line, its product's code, and what the form calls it."""


async def product_contradictions(session: AsyncSession, forms: Sequence[ReceivedForm]) -> list[list[FieldProblem]]:
    """The problems of each form, by one statement where there are none, and two where there may be some."""
    lines = [_named_lines(form) for form in forms]
    codes = {code for form_lines in lines for _, code, _ in form_lines}
    names = await product_names(session, codes) if codes else {}
    doubtful = [[line for line in form_lines if _differs(line, names)] for form_lines in lines]
    if not any(doubtful):
        return [[] for _ in forms]
    all_doubtful = [line for form_lines in doubtful for line in form_lines]
    alike = await products_alike(session, {code for _, code, _ in all_doubtful}, {name for *_, name in all_doubtful})
    return [
        [problem for line in form_lines if (problem := _contradiction(line, names, alike)) is not None]
        for form_lines in doubtful
    ]


def _named_lines(form: ReceivedForm) -> list[Line]:
    if form.form is None:
        return []
    pairs = zip(form.form.lines, form.product_names, strict=False)
    return [(number, line.product_code, name) for number, (line, name) in enumerate(pairs) if name]


def _differs(line: Line, names: dict[str, str]) -> bool:
    _, code, name = line
    return code in names and _plain(names[code]) != _plain(name)


def _contradiction(line: Line, names: Mapping[str, str], alike: Mapping[str, str]) -> FieldProblem | None:
    number, code, name = line
    others = [other for other in alike if other != code]
    meant = next((other for other in others if _plain(alike[other]) == _plain(name)), None)
    meant = meant or next((other for other in others if other.lstrip("0") == code.lstrip("0")), None)
    if meant is None:
        return None
    message = (
        f"The form calls this product “{name[:80]}”, but {code} is “{names[code][:80]}”."
        f" If {meant} is meant, format the column as text, and write the code again."
    )
    return FieldProblem(f"/lines/{number}/product_code", "product_contradicted", message)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
