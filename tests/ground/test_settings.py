"""Settings that would leave a door open are refused."""

import pytest
from pydantic import ValidationError

from app.ground.settings import Settings

FIVE, SHORT, ENOUGH = "short", "x" * 31, "x" * 32


@pytest.mark.parametrize("name", ["TOKEN_SECRET", "TOKEN_SECRET_PREVIOUS"])
@pytest.mark.parametrize(
    ("secret", "taken"), [(FIVE, False), ("", False), (SHORT, False), ("é" * 16, True), (ENOUGH, True)]
)
def test_a_secret_of_less_than_32_bytes_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, secret: str, taken: bool
) -> None:
    monkeypatch.setenv(f"FIELDPROOF_{name}", secret)
    if taken:
        assert Settings().token_secret or Settings().previous_signing_keys == (secret.encode(),)
    else:
        with pytest.raises(ValidationError, match=f"FIELDPROOF_{name} must have 32 bytes or more"):
            Settings()
