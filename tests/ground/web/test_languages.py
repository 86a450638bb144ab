"""Which language a client gets."""

import pytest

from app.ground.web.languages import best_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", None),
        ("*", None),
        ("de, fr;q=0.9", None),
        ("el", "el"),
        ("el-GR", "el"),
        ("EL-gr", "el"),
        ("en-GB, el;q=0.8", "en"),
        ("en;q=0.2, el;q=0.8", "el"),
        ("uk, ru;q=0.5, *;q=0.1", "ru"),
        ("el;q=0, ru", "ru"),
        ("el;q=0", None),
        ("el;q=nonsense, ru;q=0.1", "ru"),
        ("el;q=nan, ru;q=0.1", "ru"),
        (";;, ,ru", "ru"),
    ],
)
def test_the_language_is_what_the_header_likes_best_of_those_offered(header: str, language: str | None) -> None:
    assert best_language(header, ("en", "el", "ru")) == language
