"""A mail on the database: its orders, its record and its answer, once."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_inbox.forms.records import InboxFormStatus, ReceivedForm
from app.doors.order_inbox.mail import service
from app.doors.order_inbox.mail.mail_parts import MOST_FORMS
from app.doors.order_inbox.mail.models import InboxAnswer, InboxForm, InboxMessage
from app.doors.order_inbox.mail.records import Filed, InboxMessageStatus
from app.doors.order_inbox.mail.rules import AuthenticationPolicy, admission
from app.doors.order_inbox.mail.service import DoorPolicy
from app.ground.errors import FieldProblem
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Territory
from app.sales.orders.models import Order
from app.sales.orders.rules import OrderForm, OrderFormLine
from tests.databases import by_the_owner
from tests.doors.order_inbox.mail.mails import HAD_AT, SHOP, make_mail, take_apart
from tests.factories.catalogue import make_product
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.sales.orders.plain_values import TUESDAY

ATHENS = ZoneInfo("Europe/Athens")
POLICY = DoorPolicy(AuthenticationPolicy.KNOWN_FAIL, None, "orders@example.test")
SHEET = b"PK\x03\x04"


@pytest.fixture
async def territory(session: AsyncSession) -> Territory:
    return await make_territory(session)


@pytest.fixture
async def outlet(session: AsyncSession, territory: Territory) -> Outlet:
    return await make_outlet(session, territory, emails=[SHOP])


@pytest.fixture
async def product(session: AsyncSession) -> Product:
    return await make_product(session)


def read(outlet: Outlet, product: Product, quantity: int = 12, id_: UUID | None = None) -> ReceivedForm:
    line = OrderFormLine(product.code, Decimal(quantity), None)
    form = OrderForm(id_ or uuid4(), outlet.code, None, TUESDAY, (line,))
    return ReceivedForm(
        "", b"", InboxFormStatus.REFUSED, form, cells={"/lines/0/quantity": "F12"}, outlet_code=outlet.code
    )


async def come(
    session: AsyncSession, *readings: ReceivedForm, sender: str = SHOP, files: Sequence[bytes] = (), **headers: str
) -> Filed | None:
    contents = files or [SHEET + uuid4().bytes for _ in readings]
    return await take(session, make_mail(*contents, sender=sender, **headers), *readings)


async def take(session: AsyncSession, message: EmailMessage, *readings: ReceivedForm) -> Filed | None:
    """What becomes of a mail whose files say this."""
    mail = take_apart(message.as_bytes(), HAD_AT)
    (standing,) = await service.examine(session, [mail], POLICY)
    forms = [
        replace(reading, file_name=file.file_name, digest=file.digest)
        for file, reading in zip(mail.forms, readings, strict=True)
    ]
    return await service.take_in(session, mail, admission(mail, standing), forms, POLICY)


async def answer(session: AsyncSession) -> str:
    """What the only answer says."""
    (content,) = await session.scalars(select(InboxAnswer.content))
    return str(message_from_bytes(content, policy=default).get_content())


async def statuses(session: AsyncSession) -> list[str]:
    """What became of the forms, sorted."""
    return sorted(await session.scalars(select(InboxForm.status)))


async def count_orders(session: AsyncSession) -> int:
    return int(await session.scalar(select(func.count()).select_from(Order)) or 0)


async def test_a_form_by_mail_becomes_an_order_that_counts_from_when_the_mail_server_had_it(
    session: AsyncSession, outlet: Outlet, product: Product
) -> None:
    filed = await come(session, read(outlet, product))
    assert filed == Filed(InboxMessageStatus.PROCESSED, answered=True)
    order = (await session.scalars(select(Order))).one()
    assert (order.channel, order.placed_by, order.received_at) == ("EMAIL", f"outlet:{outlet.code}", HAD_AT)
    assert f"accepted as order {order.id}" in await answer(session)


async def test_an_answer_says_by_the_clock_of_the_outlet_when_the_mail_came(
    session: AsyncSession, outlet: Outlet, product: Product
) -> None:
    await come(session, read(outlet, product))
    assert f"came to us on {HAD_AT.astimezone(ATHENS):%Y-%m-%d at %H:%M:%S} EET" in await answer(session)


async def test_the_same_mail_again_changes_nothing(session: AsyncSession, outlet: Outlet, product: Product) -> None:
    reading, files = read(outlet, product), [SHEET]
    await come(session, reading, files=files, Message_ID="<1@example.com>")
    assert await come(session, reading, files=files, Message_ID="<1@example.com>") is None
    assert (await count_orders(session), await statuses(session)) == (1, ["accepted"])


async def test_a_file_that_is_sent_again_in_another_mail_is_a_duplicate(
    session: AsyncSession, outlet: Outlet, product: Product
) -> None:
    reading = read(outlet, product)
    await come(session, reading, files=[SHEET])
    await come(session, reading, files=[SHEET])
    assert (await count_orders(session), await statuses(session)) == (1, ["accepted", "duplicate"])


@pytest.mark.parametrize("saved_anew", [False, True])
async def test_who_sends_the_form_of_a_cancelled_order_again_is_told_that_nothing_is_ordered(
    session: AsyncSession, outlet: Outlet, product: Product, saved_anew: bool
) -> None:
    reading = read(outlet, product)
    await come(session, reading, files=[SHEET])
    await session.execute(update(Order).values(cancelled_at=HAD_AT))
    async with by_the_owner(session):
        await session.execute(delete(InboxAnswer))
    await come(session, reading, files=[SHEET + b"anew"] if saved_anew else [SHEET])
    (content,) = await session.scalars(select(InboxAnswer.content))
    mail = message_from_bytes(content, policy=default)
    assert mail["Subject"].startswith("Order was cancelled")
    assert "CANCELLED since" in str(mail.get_content())


async def test_a_form_that_was_saved_anew_is_known_by_its_id(
    session: AsyncSession, outlet: Outlet, product: Product
) -> None:
    reading = read(outlet, product)
    await come(session, reading)
    await come(session, reading)
    assert (await count_orders(session), await statuses(session)) == (1, ["accepted", "duplicate"])


async def test_the_same_form_twice_in_one_mail_orders_once(
    session: AsyncSession, outlet: Outlet, product: Product
) -> None:
    reading = read(outlet, product)
    await come(session, reading, reading)
    assert (await count_orders(session), await statuses(session)) == (1, ["accepted", "duplicate"])


async def test_a_form_that_is_filled_in_anew_under_its_old_id_is_refused(
    session: AsyncSession, outlet: Outlet, product: Product
) -> None:
    reading = read(outlet, product)
    assert reading.form is not None
    await come(session, reading)
    await come(session, read(outlet, product, 24, reading.form.id))
    assert await statuses(session) == ["accepted", "refused"]


async def test_a_refused_form_is_answered_by_cell_and_accepted_under_its_id_once_it_is_right(
    session: AsyncSession, outlet: Outlet, product: Product
) -> None:
    wrong = read(outlet, product, 7)
    assert wrong.form is not None
    await come(session, wrong)
    assert "F12: The quantity must be a multiple of the pack of 6." in await answer(session)
    await come(session, read(outlet, product, 12, wrong.form.id))
    assert await statuses(session) == ["accepted", "refused"]


async def test_an_address_orders_for_no_outlet_but_its_own(
    session: AsyncSession, outlet: Outlet, territory: Territory, product: Product
) -> None:
    await come(session, read(await make_outlet(session, territory), product))
    assert "is not registered for this outlet" in await answer(session)
    assert await count_orders(session) == 0


async def test_a_rep_orders_for_the_outlets_of_its_territory_alone(
    session: AsyncSession, outlet: Outlet, territory: Territory, product: Product
) -> None:
    rep = await make_rep(session, territory, emails=["anna@example.com"])
    elsewhere = await make_outlet(session, await make_territory(session))
    await come(session, read(outlet, product), read(elsewhere, product), sender="anna@example.com")
    order = (await session.scalars(select(Order))).one()
    assert (order.outlet_id, order.placed_by, order.rep_id) == (outlet.id, f"rep:{rep.code}", rep.id)
    assert "outside of the rep's territory" in await answer(session)


async def test_a_stranger_is_filed_with_the_reason_and_not_answered(
    session: AsyncSession, outlet: Outlet, product: Product
) -> None:
    filed = await come(session, read(outlet, product), sender="stranger@example.com")
    assert filed == Filed(InboxMessageStatus.REFUSED, answered=False)
    assert await session.scalar(select(InboxMessage.reason)) == "stranger@example.com is not a registered address"
    assert (await count_orders(session), await session.scalar(select(func.count()).select_from(InboxAnswer))) == (0, 0)


async def test_a_form_that_cannot_be_read_is_told_and_filed_as_unreadable(
    session: AsyncSession, outlet: Outlet
) -> None:
    problem = FieldProblem("/delivery_date", "no_delivery_date", "The delivery date is missing.")
    filed = await come(
        session, ReceivedForm("", b"", InboxFormStatus.UNREADABLE, problems=[problem], cells={"/delivery_date": "C4"})
    )
    assert filed == Filed(InboxMessageStatus.UNREADABLE, answered=True)
    assert "C4: The delivery date is missing." in await answer(session)


async def test_what_lies_beside_a_form_that_was_accepted_is_named_and_refuses_nothing(
    session: AsyncSession, outlet: Outlet, product: Product
) -> None:
    no_table = FieldProblem("", "no_order_table", "The file has no table.")
    price_list = ReceivedForm("", b"", InboxFormStatus.UNREADABLE, problems=[no_table])
    mail = make_mail(SHEET + b"1", SHEET + b"2", Subject="Monday")
    mail.add_attachment(b"Sent from my iPhone", maintype="text", subtype="plain", filename="ATT00001.txt")
    await take(session, mail, read(outlet, product), price_list)
    (content,) = await session.scalars(select(InboxAnswer.content))
    sent = message_from_bytes(content, policy=default)
    assert sent["Subject"] == "Order accepted: Monday"
    assert "Not looked at, because they are no order forms: order-2.xlsx, ATT00001.txt." in str(sent.get_content())
    assert "refused" not in str(sent.get_content())


async def test_a_form_that_was_not_looked_at_shows_in_the_subject(
    session: AsyncSession, outlet: Outlet, product: Product
) -> None:
    mail = make_mail(*(SHEET + bytes([number]) for number in range(MOST_FORMS + 2)))
    await take(session, mail, *(read(outlet, product) for _ in range(MOST_FORMS)))
    (content,) = await session.scalars(select(InboxAnswer.content))
    subject = message_from_bytes(content, policy=default)["Subject"]
    assert subject == "Order accepted, 2 files not looked at: Our order"


async def test_a_form_that_no_answer_follows_is_recorded_with_the_reason(
    session: AsyncSession, outlet: Outlet, product: Product
) -> None:
    filed = await come(session, read(outlet, product), List_Id="<orders.ours.example>")
    assert filed == Filed(InboxMessageStatus.PROCESSED, answered=False)
    assert await count_orders(session) == 1
    assert await session.scalar(select(InboxMessage.reason)) == "not answered: sent by a machine (list-id)"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Biscuit A", "refused"),
        ("Biscuit A, the old name", "refused"),
        ("biscuit  b", "accepted"),
        (None, "accepted"),
    ],
)
async def test_a_code_that_has_lost_its_zeros_is_another_product_and_refused_by_its_cell(
    session: AsyncSession, outlet: Outlet, name: str | None, status: str
) -> None:
    await make_product(session, code="00123", name="Biscuit A", pack_size=Decimal(1))
    other = await make_product(session, code="123", name="Biscuit B", pack_size=Decimal(1))
    form = replace(read(outlet, other, 3), product_names=[name], cells={"/lines/0/product_code": "A10"})
    await come(session, form)
    assert await statuses(session) == [status]
    assert ("A10: The form calls this product" in await answer(session)) == (status == "refused")


async def test_a_product_that_was_renamed_since_the_form_went_out_is_ordered(
    session: AsyncSession, outlet: Outlet, product: Product
) -> None:
    await come(session, replace(read(outlet, product), product_names=["What it was called before"]))
    assert await statuses(session) == ["accepted"]


@pytest.mark.parametrize(
    ("territorys", "own", "subject", "told"),
    [
        (
            "el",
            None,
            "Η παραγγελία απορρίφθηκε: ",
            "F12: Η ποσότητα πρέπει να είναι πολλαπλάσιο της συσκευασίας των 6.",
        ),
        ("en", "ru", "Заказ отклонён: ", "F12: Количество должно быть кратно упаковке, 6."),
    ],
)
async def test_a_shop_is_answered_in_its_language_or_its_territorys(
    session: AsyncSession,
    outlet: Outlet,
    territory: Territory,
    product: Product,
    territorys: str,
    own: str | None,
    subject: str,
    told: str,
) -> None:
    territory.language, outlet.language = territorys, own
    await come(session, read(outlet, product, 7))
    (content,) = await session.scalars(select(InboxAnswer.content))
    sent = message_from_bytes(content, policy=default)
    assert sent["Subject"] == f"{subject}Our order"
    assert told in str(sent.get_content())


async def test_an_answer_is_one_that_machines_do_not_answer_and_names_the_mail(
    session: AsyncSession, outlet: Outlet, product: Product
) -> None:
    await come(session, read(outlet, product), Message_ID="<7@example.com>", Subject="Order\tfor Monday")
    (content,) = await session.scalars(select(InboxAnswer.content))
    sent = message_from_bytes(content, policy=default)
    assert (sent["Auto-Submitted"], sent["In-Reply-To"]) == ("auto-replied", "<7@example.com>")
    assert (sent["To"], sent["Subject"]) == (SHOP, "Order accepted: Order for Monday")


async def test_a_mail_is_seen_by_those_whose_outlets_it_is_about(
    session: AsyncSession, outlet: Outlet, territory: Territory, product: Product
) -> None:
    await come(session, replace(read(outlet, product)))
    assert await session.scalar(select(InboxMessage.territory_ids)) == [territory.id]
