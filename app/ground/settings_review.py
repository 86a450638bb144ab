"""What is unusual about the settings, or unsafe. Values that are secret are never told."""

import difflib
from collections.abc import Iterator, Mapping

from app.ground.db.session import NoAddress, asyncpg_url
from app.ground.findings import Finding, fine, note, unusual
from app.ground.settings import Settings

PREFIX = "FIELDPROOF_"
OF_COMPOSE = frozenset(
    {"FIELDPROOF_DATABASE_PASSWORD", "FIELDPROOF_OWNER_PASSWORD", "FIELDPROOF_SERVICE_PASSWORD"},
)
"""What compose.yaml makes addresses of."""
OF_TESTS = frozenset({"FIELDPROOF_TEST_CHROMIUM"})
"""What names the browser of a developer's tests."""
_SAFE_MODES = frozenset({"require", "verify-ca", "verify-full"})
_HERE = frozenset({"", "localhost", "127.0.0.1", "::1"})


def review(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """All that there is to say; that nothing is, where nothing is."""
    findings = [*_misspelt(environment), *_unsafe(settings, environment), *_unusual(settings)]
    yield from findings or [fine("settings", "Nothing is unusual about them.")]


def _misspelt(environment: Mapping[str, str]) -> Iterator[Finding]:
    names = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | OF_COMPOSE | OF_TESTS
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in names:
            near = difflib.get_close_matches(name, names, 1)
            yield unusual("settings", f"{name} is no setting{f': is {near[0]} meant?' if near else '.'}")


def _unsafe(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    for name in ("database_url", "owner_database_url", "administrator_database_url"):
        url = getattr(settings, name)
        if url is not None and _goes_open(url.get_secret_value()):
            yield unusual(
                "settings",
                f"{PREFIX}{name.upper()} names another machine without sslmode=require: it is not encrypted.",
            )
    if settings.administrator_database_url is not None:
        yield unusual(
            "settings",
            f"{PREFIX}ADMINISTRATOR_DATABASE_URL is set: it is for `fieldproof database roles` alone.",
        )
    if settings.metrics_token is None:
        yield note("settings", f"{PREFIX}METRICS_TOKEN is not set: /metrics answers whoever asks.")
    if settings.token_secret is None:
        yield note(
            "settings",
            f"{PREFIX}TOKEN_SECRET is not set: the key in the home folder is used, which no other host has.",
        )
    if settings.token_secret_previous is not None:
        yield note("settings", f"{PREFIX}TOKEN_SECRET_PREVIOUS is set: a rotation is under way.")
    if environment.get("FORWARDED_ALLOW_IPS", "").strip() == "*":
        yield unusual("settings", "FORWARDED_ALLOW_IPS is *: any client may say from which address it comes.")


def _unusual(settings: Settings) -> Iterator[Finding]:
    if settings.log_level == "debug":
        yield unusual("settings", f"{PREFIX}LOG_LEVEL is debug: the log grows by every statement.")
    if settings.database_url is not None and settings.owner_database_url is None:
        yield note(
            "settings", f"{PREFIX}OWNER_DATABASE_URL is not set: `fieldproof migrate` goes by the service's own role."
        )
    if settings.mailbox_url is not None and settings.mail_authentication == "off":
        yield unusual("settings", f"{PREFIX}MAIL_AUTHENTICATION is off: whoever names a rep as sender may order.")


def _goes_open(url: str) -> bool:
    """Whether a database's address is another machine's, and nothing says that the connection is encrypted."""
    try:
        address = asyncpg_url(url)
    except NoAddress:  # told where it is connected to
        return False
    host = str(address.host or address.query.get("host", ""))
    mode = str(address.query.get("sslmode", address.query.get("ssl", "")))
    return host not in _HERE and not host.startswith("/") and mode not in _SAFE_MODES
