"""The process that sets pages: a template and its content in, a PDF out (`limited_process` runs it).

The content holds names that anybody may have typed: it reaches the template as data, and no text of it is markup.
"""

import traceback
from pathlib import Path
from typing import Any

import orjson
import typst

from app.ground.printing.contents import PAGES, printable
from app.ground.workers.limited_process import MOST_TOLD, run

CPU_SECONDS = 10
"""A statement takes some hundredths of one; one of a thousand lines half a second."""

FONTS = typst.Fonts(
    include_system_fonts=False,  # or two machines would make two documents of one content
    include_embedded_fonts=True,
    font_paths=[Path(__file__).with_name("fonts")],
)
_TO_BE_KEPT = ("a-2a", "ua-1")
"""PDF/A-2a (ISO 19005-2), for archives, and PDF/UA-1 (ISO 14289-1), for those who have it read to them."""
_NO_GLYPH = "could not be displayed with font"


def print_pages(request: bytes) -> bytes:
    """The PDF; or `{"unforeseen": …}`, told to the parent, which logs it: this process has no log of its own."""
    try:
        return _pdf(**orjson.loads(request))
    except Exception:  # noqa: BLE001 # see above
        return orjson.dumps({"unforeseen": traceback.format_exc()[-MOST_TOLD:]})


def _pdf(template: str, content: dict[str, Any], made_at: int) -> bytes:
    """Both standards hold unless a text has signs that no font has: boxes stand for them, and neither allows that."""
    inputs = {"content": orjson.dumps(printable(content)).decode()}

    def compiled(*standards: Any) -> bytes:
        return typst.compile(
            template.encode(),
            font_paths=FONTS,
            ignore_system_fonts=True,
            sys_inputs=inputs,
            pdf_standards=list(standards),
            timestamp=made_at,
        )

    try:
        return compiled(*_TO_BE_KEPT)
    except typst.TypstError as error:
        if _NO_GLYPH not in str(error):
            raise
        return compiled()


if __name__ == "__main__":
    run({PAGES: print_pages}, CPU_SECONDS)
