"""Pages: the same content is the same bytes, texts are data, and what breaks a process breaks nothing else."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ground.printing import contents
from app.ground.printing.contents import printable
from app.ground.printing.printer import NotPrinted, Printer
from app.ground.printing.printing_process import FONTS, print_pages
from tests.pages import Pages

MADE_AT = datetime(2026, 12, 3, 8, 0, tzinfo=UTC)
TEMPLATE = """
#let content = json(bytes(sys.inputs.content))
#set document(title: content.name)
#set text(font: "Noto Sans", lang: "en")
#content.name
"""


@pytest.fixture
async def two_printers() -> AsyncIterator[tuple[Printer, Printer]]:
    async with Printer(1) as first, Printer(1) as second:
        yield first, second


async def test_the_same_content_is_the_same_bytes_whichever_process_sets_it(
    two_printers: tuple[Printer, Printer],
) -> None:
    pages = [await printer.pdf(TEMPLATE, {"name": "Άννα"}, MADE_AT) for printer in (*two_printers, two_printers[0])]
    assert len(set(pages)) == 1
    metadata = Pages(pages[0]).reader.metadata
    assert metadata is not None
    assert metadata.creation_date == MADE_AT


def test_no_font_of_the_machine_is_looked_at() -> None:
    folder = Path(contents.__file__).with_name("fonts")
    assert {Path(font.path).parent for font in FONTS.fonts() if font.path is not None} == {folder}


async def test_another_content_is_other_bytes(printer: Printer) -> None:
    first, second = [await printer.pdf(TEMPLATE, {"name": name}, MADE_AT) for name in ("Anna", "Anne")]
    assert first != second


def pages_of(name: str) -> Pages:
    """Set in this process."""
    answer = print_pages(orjson.dumps({"template": TEMPLATE, "content": {"name": name}, "made_at": 0}))
    return Pages(answer.partition(b"\n")[2])


@settings(max_examples=20)
@given(st.text(max_size=40))
def test_any_text_is_printed(text: str) -> None:
    assert len(pages_of(f"A{text}Z").reader.pages) == 1


@pytest.mark.parametrize(
    "text",
    [
        '#import "@preview/cetz:0.4.0"',
        '#read("/etc/passwd")',
        "#panic()",
        "$ x^2 $",
        "*bold* _slanted_ `raw` <label> @reference",
        "= Heading",
        "// comment /* another */",
        "\\u{41} \\ end",
        '"quoted" --- ...',
        "1. first - second",
    ],
)
def test_a_text_is_never_markup(text: str) -> None:
    assert pages_of(text).text == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\r\nlines\tand\u2028more", "two lines and more"),
        ("a\x00b\x07c\x9d", "abc"),
        ("\u202eевил\u202c \u2066x\u2069", "евил x"),
        ("\ue000\ufffe\ud800x", "x"),
        ("1\u00a0234", "1\u00a0234"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_a_text_loses_what_no_page_can_show(text: str, shown: str) -> None:
    assert printable({"texts": [text, 7, None]}) == {"texts": [shown, 7, None]}


def test_pages_are_kept_for_ever_and_can_be_read_out() -> None:
    assert pages_of("Anna Άννα Анна").standards == {"PDF/A-2A", "PDF/UA-1"}


def test_signs_that_no_font_has_are_boxes_and_cost_the_standards_and_not_the_page() -> None:
    pages = pages_of("王伟 in Patras")
    assert (pages.title, pages.text) == ("王伟 in Patras", "□□ in Patras")
    assert pages.standards == set()


async def test_a_template_with_a_fault_prints_nothing_and_the_log_says_why(
    printer: Printer, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NotPrinted):
        await printer.pdf("#nowhere", {}, MADE_AT)
    assert "unknown variable: nowhere" in capsys.readouterr().out


async def test_pages_that_take_too_much_memory_end_their_process_and_the_next_ones_are_printed(
    printer: Printer,
) -> None:
    with pytest.raises(NotPrinted):
        await printer.pdf('#("x" * 1000000000)', {}, MADE_AT)
    assert Pages(await printer.pdf(TEMPLATE, {"name": "Anna"}, MADE_AT)).text == "Anna"


async def test_a_template_reads_no_file_of_the_machine(printer: Printer) -> None:
    with pytest.raises(NotPrinted):
        await printer.pdf('#read("/etc/hostname")', {}, MADE_AT)
