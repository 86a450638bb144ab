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
_NOT_KEPT = "PDF/UA-1 error"


def print_pages(request: bytes) -> bytes:
    """A line of JSON, then the PDF. The line is told to the parent, which logs it: this process has no log of its own.

    `{}`; `{"not_kept": …}`, why the pages keep no standard; `{"unforeseen": …}`, why there are none.
    """
    try:
        reason, pdf = _pdf(**orjson.loads(request))
    except Exception:  # noqa: BLE001 # see above
        return orjson.dumps({"unforeseen": traceback.format_exc()[-MOST_TOLD:]}) + b"\n"
    return orjson.dumps({"not_kept": reason} if reason else {}) + b"\n" + pdf


def _pdf(template: str, content: dict[str, Any], made_at: int) -> tuple[str, bytes]:
    """The pages, and why they do not keep the standards, where they cannot: signs that no font has are boxes."""
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
        return "", compiled(*_TO_BE_KEPT)
    except typst.TypstError as error:
        if _NOT_KEPT not in str(error):
            raise
        return str(error)[:MOST_TOLD], compiled()


if __name__ == "__main__":
    run({PAGES: print_pages}, CPU_SECONDS)
