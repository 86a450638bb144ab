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


SOUND = {"OIDC_ISSUER": "https://login.ours.com/realms/ours", "OIDC_CLIENT_ID": "fieldproof", "OIDC_CLIENT_SECRET": "s"}
"""Of a provider of sign-ins."""


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({}, None),
        ({"OIDC_ISSUER": "http://127.0.0.1:8080"}, None),
        ({"OIDC_ISSUER": "http://[::1]:8080/"}, None),
        ({"OIDC_ISSUER": "http://localhost"}, None),
        ({"OIDC_CLIENT_SECRET": ""}, None),
        ({"OIDC_ISSUER": "", "OIDC_CLIENT_ID": "", "OIDC_CLIENT_SECRET": ""}, None),
        ({"OIDC_ISSUER": "http://login.ours.com"}, "FIELDPROOF_OIDC_ISSUER is written like"),
        ({"OIDC_ISSUER": "login.ours.com"}, "FIELDPROOF_OIDC_ISSUER is written like"),
        ({"OIDC_ISSUER": "https://"}, "FIELDPROOF_OIDC_ISSUER is written like"),
        ({"OIDC_ISSUER": "https://login.ours.com?a=b"}, "FIELDPROOF_OIDC_ISSUER is written like"),
        ({"OIDC_ISSUER": "https://login.ours.com:port"}, "FIELDPROOF_OIDC_ISSUER is written like"),
        ({"OIDC_ISSUER": "https://me:secret@login.ours.com"}, "FIELDPROOF_OIDC_ISSUER is written like"),
        ({"OIDC_ISSUER": "http://127.0.0.1.evil.example"}, "FIELDPROOF_OIDC_ISSUER is written like"),
        ({"OIDC_CLIENT_ID": ""}, "needs FIELDPROOF_OIDC_CLIENT_ID"),
        ({"OIDC_SCOPES": "profile"}, "must have openid"),
        ({"OIDC_ISSUER": ""}, "go with FIELDPROOF_OIDC_ISSUER"),
        ({"OIDC_USERNAME_CLAIM": "a b"}, "pattern"),
    ],
)
def test_a_provider_of_sign_ins_is_whole_and_asked_in_private(
    monkeypatch: pytest.MonkeyPatch, fields: dict[str, str], refusal: str | None
) -> None:
    for name, value in (SOUND | fields).items():
        monkeypatch.setenv(f"FIELDPROOF_{name}", value)
    if refusal is not None:
        with pytest.raises(ValidationError, match=refusal):
            Settings()
        return
    provider = Settings().identity_provider
    assert (provider is None) is (fields.get("OIDC_ISSUER") == "")
    assert provider is None or (provider.client_id, provider.scopes) == ("fieldproof", "openid profile email")


def test_a_provider_is_called_as_it_is_set_or_by_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SOUND.items():
        monkeypatch.setenv(f"FIELDPROOF_{name}", value)
    unnamed = Settings().identity_provider
    monkeypatch.setenv("FIELDPROOF_OIDC_NAME", " Ours ")
    named = Settings().identity_provider
    assert unnamed
    assert named
    assert (unnamed.name, named.name) == ("login.ours.com", "Ours")
    assert "'s'" not in repr(named)


@pytest.mark.parametrize("policy", ["", "always", "REQUIRED"])
def test_a_policy_of_second_factors_is_one_of_three(monkeypatch: pytest.MonkeyPatch, policy: str) -> None:
    monkeypatch.setenv("FIELDPROOF_SECOND_FACTOR", policy)
    with pytest.raises(ValidationError, match="second_factor"):
        Settings()
