"""Decisions about mails: who sent them, whether they are answered at all (pure functions of plain values).

Who is answered, and who never: decision 25.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.doors.order_inbox.mail.records import InboxMessageStatus, ReceivedMail, RegisteredSender

ANSWERS_A_DAY = 200
"""An address gets no more answers within 24 hours: two machines that answer each other end there."""

Headers = Mapping[str, Sequence[str]]


class AuthenticationPolicy(StrEnum):
    """What is asked of `Authentication-Results`: nothing; that they name no failure; that they vouch for the sender."""

    OFF = "off"
    KNOWN_FAIL = "known_fail"
    REQUIRE = "require"


@dataclass(frozen=True, slots=True)
class Admission:
    """Who sent a mail, and whether its forms are looked at; if not, how it is filed and why.

    `sender` is None where the mail names none, or several; `answer`: whether the sender is told.
    """

    sender: RegisteredSender | None
    status: InboxMessageStatus = InboxMessageStatus.PROCESSED
    reason: str | None = None
    answer: bool = True

    @property
    def admitted(self) -> bool:
        """Whether its forms are looked at."""
        return self.status is InboxMessageStatus.PROCESSED


def robot(headers: Headers) -> str | None:
    """Why a mail was sent by a machine, None where a person may have sent it. Machines are never answered (RFC 3834).

    `Auto-Submitted` other than `no`; mailing lists and bulk; delivery reports and whatever has an empty return path.
    """
    for value in headers.get("auto-submitted", ()):
        if value.split(";")[0].strip().lower() != "no":
            return f"auto-submitted: {value.strip()[:100]}"
    for value in headers.get("precedence", ()):
        if value.strip().lower() in {"bulk", "junk", "list"}:
            return f"precedence: {value.strip()[:100]}"
    for name in ("list-id", "list-unsubscribe", "x-autoreply", "x-autorespond"):
        if headers.get(name):
            return name
    if any(value.strip() == "<>" for value in headers.get("return-path", ())):
        return "an empty return path"
    if any("multipart/report" in value.lower() for value in headers.get("content-type", ())):
        return "a delivery report"
    return None


def authentication_failure(
    policy: AuthenticationPolicy, server: str | None, headers: Headers, sender: str
) -> str | None:
    """Why the sender is not believed to be who it claims; None where it is.

    Only what our own mail server wrote counts: the topmost `Authentication-Results` with its name (RFC 8601, section
    5); any below it came with the mail. Without a server's name nothing is known.
    """
    if policy is AuthenticationPolicy.OFF:
        return None
    results = _results(server, headers.get("authentication-results", ())) if server else []
    domain = sender.rpartition("@")[2]
    passed = {(method, _aligned(properties, domain)) for method, result, properties in results if result == "pass"}
    if policy is AuthenticationPolicy.REQUIRE:
        vouched = ("dmarc", True) in passed or ("dkim", True) in passed or ("spf", True) in passed
        return None if vouched else "nothing vouches for the sender (no dmarc, dkim or spf pass for its domain)"
    failed = {method for method, result, _ in results if result in {"fail", "hardfail"}}
    if "dmarc" in failed:
        return "dmarc=fail"
    if "spf" in failed and ("dkim", True) not in passed:
        return "spf=fail, and no dkim pass for the sender's domain"
    return None


def admission(
    mail: ReceivedMail, sender: RegisteredSender | None, failure: str | None, answers_today: int
) -> Admission:
    """Whether a mail's forms are looked at, and whether its sender is told where they are not.

    Only a registered address is ever answered: a forged sender must not make this server write to strangers.
    """
    refused = _refused(mail, sender, failure)
    if refused is not None:
        return Admission(sender, *refused, answer=False)
    answer = answers_today < ANSWERS_A_DAY
    if mail.problem is not None:
        return Admission(sender, InboxMessageStatus.UNREADABLE, mail.problem, answer)
    if not mail.forms:
        problem = (
            f"no order form: {', '.join(mail.foreign)} cannot be read" if mail.foreign else "no order form attached"
        )
        return Admission(sender, InboxMessageStatus.UNREADABLE, problem, answer)
    return Admission(sender, answer=answer)


def _refused(
    mail: ReceivedMail, sender: RegisteredSender | None, failure: str | None
) -> tuple[InboxMessageStatus, str] | None:
    """How a mail is filed whose sender must not be answered; None where it may be."""
    if (why := robot(mail.headers)) is not None:
        return InboxMessageStatus.IGNORED, f"sent by a machine ({why})"
    if sender is None:
        return InboxMessageStatus.UNREADABLE, "the mail names no sender, or several"
    if failure is not None:
        return InboxMessageStatus.REFUSED, f"forged sender: {failure}"
    if not sender.known:
        return InboxMessageStatus.REFUSED, f"{sender.address} is not a registered address"
    return None


def may_order_for(sender: RegisteredSender, outlet_code: str, territory_id: int | None) -> str | None:
    """The rep in whose name a sender orders for an outlet: "" for the outlet itself, None where it may not.

    Of several reps with this address, the one of the outlet's territory. If there is none, the first one orders, and
    the validator refuses the order (O2), as it does for an outlet that does not exist.
    """
    if outlet_code in sender.outlets:
        return ""
    reps = sorted(sender.reps, key=lambda code: (sender.reps[code] != territory_id, code))
    return next(iter(reps), None)


_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"^\s*([a-z0-9-]+)\s*=\s*([a-z]+)\b(.*)$", re.IGNORECASE | re.DOTALL)
_PROPERTY = re.compile(r"([a-z0-9.-]+)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_MOST_HEADER = 8_000

_Result = tuple[str, str, dict[str, str]]


def _results(server: str, values: Sequence[str]) -> list[_Result]:
    """The (method, result, properties) of the topmost header that the server itself wrote."""
    for value in values:
        own, _, rest = _COMMENT.sub(" ", value[:_MOST_HEADER]).partition(";")
        name = own.split()
        if not name or name[0].lower() != server.lower():
            continue
        matches = [_RESULT.match(part) for part in rest.lower().split(";")]
        return [(match[1], match[2], dict(_PROPERTY.findall(match[3]))) for match in matches if match]
    return []


def _aligned(properties: Mapping[str, str], domain: str) -> bool:
    """Whether a result is about the sender's own domain, or one above or below it (RFC 7489, relaxed)."""
    domains = [
        properties[name].rpartition("@")[2]
        for name in ("header.d", "header.i", "smtp.mailfrom", "header.from")
        if name in properties
    ]
    return any(other == domain or domain.endswith(f".{other}") or other.endswith(f".{domain}") for other in domains)
