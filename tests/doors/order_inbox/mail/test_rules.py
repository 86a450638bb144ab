import pytest

from app.doors.order_inbox.mail.mail_parts import take_apart
from app.doors.order_inbox.mail.records import InboxMessageStatus, ReceivedMail, RegisteredSender
from app.doors.order_inbox.mail.rules import (
    ANSWERS_A_DAY,
    AuthenticationPolicy,
    admission,
    authentication_failure,
    may_order_for,
    robot,
)
from tests.doors.order_inbox.mail.mails import HAD_AT, SHOP, make_mail

KNOWN = RegisteredSender(SHOP, outlets={"PAT-0042": 1})
OFF, KNOWN_FAIL, REQUIRE = AuthenticationPolicy


def mail(*files: bytes, **headers: str) -> ReceivedMail:
    return take_apart(make_mail(*(files or (b"PK\x03\x04",)), **headers).as_bytes(), HAD_AT)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; type=vacation"},
        {"Precedence": "bulk"},
        {"List_Id": "<shops.example.com>"},
        {"Return_Path": "<>"},
    ],
    ids=str,
)
def test_what_a_machine_has_sent_is_filed_and_never_answered(headers: dict[str, str]) -> None:
    found = admission(mail(**headers), KNOWN, None, 0)
    assert (found.status, found.answer) == (InboxMessageStatus.IGNORED, False)


def test_auto_submitted_no_is_a_persons_mail() -> None:
    assert robot(mail(Auto_Submitted="no").headers) is None


def test_a_registered_address_with_a_form_is_admitted() -> None:
    assert admission(mail(), KNOWN, None, 0).admitted


@pytest.mark.parametrize("sender", [None, RegisteredSender("stranger@example.com")], ids=["nobody", "a stranger"])
def test_who_is_not_registered_is_not_answered(sender: RegisteredSender | None) -> None:
    found = admission(mail(), sender, None, 0)
    assert (found.admitted, found.answer) == (False, False)


def test_a_forged_sender_is_refused_without_an_answer() -> None:
    found = admission(mail(), KNOWN, "dmarc=fail", 0)
    assert (found.status, found.answer) == (InboxMessageStatus.REFUSED, False)


def test_a_mail_without_a_form_is_answered_with_how_to_order() -> None:
    found = admission(take_apart(make_mail().as_bytes(), HAD_AT), KNOWN, None, 0)
    assert (found.status, found.answer) == (InboxMessageStatus.UNREADABLE, True)


def test_an_address_that_got_many_answers_today_gets_no_more_but_orders_all_the_same() -> None:
    found = admission(mail(), KNOWN, None, ANSWERS_A_DAY)
    assert (found.admitted, found.answer) == (True, False)


DMARC_FAIL = "mx.example.test; dmarc=fail header.from=example.com"
SPF_FAIL = "mx.example.test; spf=fail smtp.mailfrom=bounce@example.com"
DKIM_PASS = "dkim=pass (good) header.d=example.com"
FOREIGN_DKIM = "mx.example.test; dkim=pass header.d=elsewhere.test"


@pytest.mark.parametrize(
    ("policy", "results", "believed"),
    [
        (OFF, [DMARC_FAIL], True),
        (KNOWN_FAIL, [], True),
        (KNOWN_FAIL, [DMARC_FAIL], False),
        (KNOWN_FAIL, [SPF_FAIL], False),
        (KNOWN_FAIL, [f"{SPF_FAIL}; {DKIM_PASS}"], True),
        (KNOWN_FAIL, ["other.server; dmarc=fail"], True),
        (REQUIRE, [], False),
        (REQUIRE, ["mx.example.test; dmarc=pass header.from=example.com"], True),
        (REQUIRE, [f"mx.example.test 1; {DKIM_PASS}"], True),
        (REQUIRE, [FOREIGN_DKIM], False),
        (REQUIRE, [DMARC_FAIL, "mx.example.test; dmarc=pass header.from=example.com"], False),
        (REQUIRE, ["other.server; dmarc=pass header.from=example.com"], False),
    ],
)
def test_only_what_the_own_mail_server_says_at_the_top_counts(
    policy: AuthenticationPolicy, results: list[str], believed: bool
) -> None:
    failure = authentication_failure(policy, "mx.example.test", {"authentication-results": results}, SHOP)
    assert (failure is None) == believed


def test_without_the_name_of_the_own_server_nothing_is_known() -> None:
    headers = {"authentication-results": [DMARC_FAIL]}
    assert authentication_failure(KNOWN_FAIL, None, headers, SHOP) is None
    assert authentication_failure(REQUIRE, None, headers, SHOP) is not None


def test_an_outlet_orders_for_itself_and_a_rep_for_its_territory() -> None:
    assert may_order_for(KNOWN, "PAT-0042", 1) == ""
    assert may_order_for(KNOWN, "PAT-0043", 1) is None
    reps = RegisteredSender("anna@example.com", reps={"A-R1": 2, "B-R1": 1})
    assert may_order_for(reps, "PAT-0043", 1) == "B-R1"
    assert may_order_for(reps, "PAT-0043", 3) == "A-R1"
