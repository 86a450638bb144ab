"""Which form of a report a client gets."""

import pytest

from app.ground.web.media_types import REPORT_MEDIA, Medium, best_medium


@pytest.mark.parametrize(
    ("accept", "medium"),
    [
        ("", Medium.JSON),
        ("*/*", Medium.JSON),
        ("text/*", Medium.CSV),
        ("text/csv;q=0.5, application/json;q=0.4", Medium.CSV),
        ("application/json;q=0, */*", Medium.CSV),
        ("text/csv, application/json", Medium.CSV),
        ("text/csv, */*", Medium.CSV),
        ("text/html, */*;q=0.8", Medium.JSON),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Medium.XLSX),
        ("image/png", None),
        ("text/csv;q=nonsense", None),
        ("text/csv;q=nan, application/json;q=0.1", Medium.JSON),
        ("application/pdf", None),
    ],
)
def test_the_form_of_a_report_is_what_accept_likes_best(accept: str, medium: Medium | None) -> None:
    assert best_medium(accept, REPORT_MEDIA) is medium


@pytest.mark.parametrize(
    ("accept", "medium"),
    [
        ("", Medium.JSON),
        ("application/pdf", Medium.PDF),
        ("application/*", Medium.JSON),
        ("application/pdf, application/json;q=0.9", Medium.PDF),
        ("text/html, application/pdf;q=0.9, */*;q=0.8", Medium.PDF),
        ("text/csv", None),
    ],
)
def test_a_route_gives_only_the_forms_that_it_offers(accept: str, medium: Medium | None) -> None:
    assert best_medium(accept, (Medium.JSON, Medium.XLSX, Medium.PDF)) is medium
