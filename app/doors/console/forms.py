"""What a form brought, as the bodies of API routes need it."""

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from starlette.datastructures import FormData, UploadFile

_REAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


class SentForm:
    """The fields of a form. Text is stripped; what was left empty is None."""

    def __init__(self, fields: FormData) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> str:
        """A field as a template shows it again: as it was typed, empty where it was not sent."""
        return self.raw(name)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def raw(self, name: str) -> str:
        """A field as it was typed; empty where it was not sent."""
        value = self._fields.get(name)
        return value if isinstance(value, str) else ""

    def text(self, name: str) -> str | None:
        """A field's text."""
        return self.raw(name).strip() or None

    def texts(self, name: str) -> list[str]:
        """All fields of a name that hold something, in their order."""
        return [value.strip() for value in self._fields.getlist(name) if isinstance(value, str) and value.strip()]

    def rows(self, *names: str) -> list[dict[str, str]]:
        """The rows of a table of fields: the first row has the first field of each name. Empty rows are left out."""
        columns = [[str(value).strip() for value in self._fields.getlist(name)] for name in names]
        rows = [dict(zip(names, values, strict=True)) for values in zip_longest(*columns, fillvalue="")]
        return [row for row in rows if any(row.values())]

    def flag(self, name: str) -> bool:
        """Whether a box was ticked."""
        return name in self._fields

    def number(self, name: str) -> Any:
        """A whole number; what is none goes on as it was typed, for the API to say what is wrong with it."""
        value = self.text(name)
        return int(value) if value is not None and value.isascii() and value.removeprefix("-").isdigit() else value

    def decimal(self, name: str) -> str | None:
        """A decimal as the API writes it, typed with a comma or a point."""
        value = self.text(name)
        return None if value is None else value.replace(",", ".").replace(" ", "").replace("\u00a0", "")

    def real(self, name: str) -> Any:
        """A number with a fraction, typed with a comma or a point; what is none goes on as it was typed."""
        value = self.decimal(name)
        return float(value) if value is not None and _REAL.fullmatch(value) else value

    def file(self, name: str) -> UploadFile | None:
        """A file that came along; None where none was chosen."""
        value = self._fields.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None
