"""Whom a mail is from: the syntax decides, whatever the names hold, on every Python."""

import time
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.doors.order_inbox.mail.mail_heads import LONGEST_FIELD, MOST_HEAD_BYTES, read_head
from app.doors.order_inbox.mail.mail_senders import addresses_of
from tests.doors.order_inbox.mail.mails import HAD_AT

SHOP, EVIL = "shop1@kiosk.example", "attacker@evil.example"


@pytest.mark.parametrize(
    "name",
    [
        "=?utf-8?B?zqDOtc+Bzq/PgM+EzrXPgc6/IDEyIiDOic67zrnOv8+C?=",
        "=?utf-8?Q?=CE=89=CE=BB=CE=B9=CE=BF=CF=82_:-(?=",
        "=?utf-8?Q?via_orders=40ours=2Eexample?=",
        "=?utf-8?Q?attacker=40evil=2Eexample_=28?=",
        "=?utf-8?Q?attacker=40evil=2Eexample=2C?=",
        "=?utf-8?Q?=3Cattacker=40evil=2Eexample=3E?=",
        "=?utf-8?Q?Shop (Patra), <attacker@evil.example>?=",
        "=?utf-8?Q?shop1=40kiosk=2Eexample?=",
        "'shop1@kiosk.example'",
        "shop1@kiosk.example",
        '"attacker@evil.example"',
        '"attacker@evil.example, (" ',
        r'"a \" attacker@evil.example ("',
        "(attacker@evil.example)",
        "Shop (the (old) one)",
        'Kiosk 12" Sun',
        "Sun :-(",
        "Sun, Moon",
        "Team: Shop",
        "Ήλιος; Σελήνη",
        "",
    ],
)
def test_no_name_chooses_or_loses_the_sender(name: str) -> None:
    assert addresses_of([f"{name} <{SHOP}>"]) == [SHOP]


@pytest.mark.parametrize(
    "written",
    [
        "shop1@kiosk.example",
        "  Shop1@KIOSK.example ",
        "shop1@kiosk.example (Shop, attacker@evil.example)",
        "<shop1@kiosk.example>",
        "Team: shop1@kiosk.example;",
        "Shop\n <shop1@kiosk.example>",
        "<shop1@kiosk.example>, Shop <shop1@kiosk.example>",
    ],
)
def test_an_address_is_read_however_it_is_written(written: str) -> None:
    assert addresses_of([written]) == [SHOP]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Shop",
        "=?utf-8?Q?shop1=40kiosk=2Eexample?=",
        "<=?utf-8?Q?shop1=40kiosk=2Eexample?=>",
        f"{SHOP}, {EVIL}",
        f"{EVIL} ( <{SHOP}>",
        f'{EVIL} " <{SHOP}>',
        f"<{SHOP}> <{EVIL}>",
        f"<{SHOP}> {EVIL}",
        f"<{SHOP}>{EVIL}",
        f"<<{SHOP}> {EVIL}>",
        f"<{SHOP}@evil.example>",
        f"{SHOP}@evil.example",
        f"{SHOP} {EVIL}",
        f"{SHOP}: {EVIL}",
        f"Shops: {SHOP}, {EVIL};",
        f"<@relay.example:{SHOP}>",
        "shop1@kiosk.example evil@",
    ],
)
def test_what_may_name_somebody_else_names_nobody(written: str) -> None:
    assert addresses_of([written]) != [SHOP]


def test_two_from_fields_are_two_senders() -> None:
    assert addresses_of([SHOP, EVIL]) == [SHOP, EVIL]


def test_letters_of_other_scripts_are_other_addresses() -> None:
    assert addresses_of(["ſhop1@kiosk.example"]) != [SHOP]
    assert addresses_of(["Νίκοσ@κιόσκι.example"]) == addresses_of(["ΝΊΚΟΣ@ΚΙΌΣΚΙ.example"])


def test_a_from_that_is_cut_off_names_nobody() -> None:
    padding = b", ".join([b"x@y.example"] * 2_000)
    assert read_head(b"From: " + SHOP.encode() + b", " + padding[: LONGEST_FIELD * 2], HAD_AT).senders == ()
    assert read_head(b"From: " + SHOP.encode() + b"\r\nX: " + b"x" * MOST_HEAD_BYTES, HAD_AT).senders == ()


def test_the_name_is_decoded_where_it_is_shown() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = f"Ήλιος <{SHOP}>", "Παραγγελία 12"
    head = read_head(mail.as_bytes(), HAD_AT)
    assert (head.senders, head.subject) == ([SHOP], "Παραγγελία 12")


@given(st.text(alphabet='ab@.<>()",;:\\=?Q_ \n', max_size=60))
def test_whatever_stands_before_it_no_other_address_is_alone(name: str) -> None:
    """Either the address in the angle brackets, or several, or one that is not the shop's."""
    assert addresses_of([f"{name} <{EVIL}>"]) != [SHOP]


@pytest.mark.parametrize(
    "pattern",
    ["a", "(a", "(a)", "()", '"\\', '"', "<", "=?", "=?a?Q?", "a,", "<a@b>", "a@", " ", "(" * 4_000 + ")" * 4_000],
)
def test_a_head_full_of_senders_costs_no_more_than_it_is_long(pattern: str) -> None:
    """A stranger chooses it, and it is read where everybody's mails wait: 31 fields took half a minute each mail."""
    field = (pattern * LONGEST_FIELD)[: LONGEST_FIELD - 10]
    begun = time.process_time()
    read_head(f"From: {field}\n".encode() * (MOST_HEAD_BYTES // LONGEST_FIELD - 1), HAD_AT)
    assert time.process_time() - begun < 2
