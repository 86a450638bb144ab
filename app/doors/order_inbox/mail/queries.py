"""All SQL of the mail door."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, LargeBinary, Text, any_, bindparam, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_inbox.forms.records import ReceivedForm
from app.doors.order_inbox.mail.models import InboxAnswer, InboxForm, InboxMailInHand, InboxMessage
from app.doors.order_inbox.mail.records import (
    DueAnswer,
    InboxMessageStatus,
    ReceivedMail,
    RegisteredSender,
)
from app.ground.outbox import ClaimedMessage, Delivered, Outcome
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory

_INSERT_FORMS = text("""
    INSERT INTO inbox_forms (
        message_id, number, file_name, digest, form_id, outlet_code, status, order_id, problems
    )
    SELECT :message_id, number, file_name, digest, form_id, outlet_code, status, order_id, CAST(problems AS jsonb)
    FROM unnest(
        CAST(:file_names AS text[]), CAST(:digests AS bytea[]), CAST(:form_ids AS uuid[]),
        CAST(:outlet_codes AS text[]), CAST(:statuses AS text[]), CAST(:order_ids AS uuid[]),
        CAST(:problems AS text[])
    ) WITH ORDINALITY AS given (file_name, digest, form_id, outlet_code, status, order_id, problems, number)
""")


_SHOW_TO = text("""
    UPDATE inbox_messages
    SET territory_ids = ARRAY(SELECT DISTINCT unnest(territory_ids || CAST(:territories AS integer[])) ORDER BY 1)
    WHERE id = :message_id
""")


_TAKE_IN_HAND = text("""
    WITH others AS (DELETE FROM inbox_mails_in_hand WHERE key = ANY (CAST(:others AS bytea[])))
    INSERT INTO inbox_mails_in_hand (key, processes, begun_at)
    SELECT key, 1, :at FROM unnest(CAST(:keys AS bytea[])) AS given (key) ORDER BY key
    ON CONFLICT (key) DO UPDATE SET processes = inbox_mails_in_hand.processes + 1, begun_at = excluded.begun_at
    RETURNING key, processes
""")


async def senders_of(session: AsyncSession, addresses: Collection[str]) -> dict[str, RegisteredSender]:
    """The active outlets and reps that each address belongs to, by two statements."""
    named = bindparam("addresses", list(addresses), type_=ARRAY(Text))
    outlets: dict[str, dict[str, int]] = {address: {} for address in addresses}
    reps: dict[str, dict[str, int]] = {address: {} for address in addresses}
    zones: dict[str, set[str]] = {address: set() for address in addresses}
    languages: dict[str, set[str]] = {address: set() for address in addresses}
    own_language = func.coalesce(Outlet.language, Territory.language)
    for master, territories_by_code, language in ((Outlet, outlets, own_language), (Rep, reps, Territory.language)):
        registered = (
            select(master.code, master.territory_id, master.emails, Territory.time_zone, language.label("language"))
            .join(Territory, Territory.id == master.territory_id)
            .where(master.emails.op("&&")(named), master.active)
        )
        for row in await session.execute(registered):
            for address in territories_by_code.keys() & set(row.emails):
                territories_by_code[address][row.code] = row.territory_id
                zones[address].add(row.time_zone)
                languages[address].add(row.language)
    return {
        address: RegisteredSender(
            address, outlets[address], reps[address], frozenset(zones[address]), frozenset(languages[address])
        )
        for address in addresses
    }


async def answers_since(session: AsyncSession, addresses: Collection[str], since: datetime) -> dict[str, int]:
    """How many answers each of the addresses got, or will get; no entry for none."""
    of_addresses = InboxAnswer.recipient == any_(bindparam("addresses", list(addresses), type_=ARRAY(Text)))
    query = select(InboxAnswer.recipient, func.count()).where(of_addresses, InboxAnswer.queued_at >= since)
    rows = await session.execute(query.group_by(InboxAnswer.recipient))
    return {recipient: int(count) for recipient, count in rows}


async def orders_of_files(session: AsyncSession, digests: Collection[bytes]) -> dict[bytes, tuple[UUID, str | None]]:
    """The order, and the outlet's code, that each of these files has made before."""
    of_files = InboxForm.digest == any_(bindparam("digests", list(digests), type_=ARRAY(LargeBinary)))
    rows = await session.execute(
        select(InboxForm.digest, InboxForm.order_id, InboxForm.outlet_code).where(
            of_files, InboxForm.order_id.is_not(None)
        )
    )
    return {digest: (order_id, outlet_code) for digest, order_id, outlet_code in rows if order_id is not None}


async def statuses_of(session: AsyncSession, keys: Collection[bytes]) -> dict[bytes, InboxMessageStatus]:
    """The status of each of these mails that was processed before."""
    of_mails = InboxMessage.key == any_(bindparam("keys", list(keys), type_=ARRAY(LargeBinary)))
    rows = await session.execute(select(InboxMessage.key, InboxMessage.status).where(of_mails))
    return {key: InboxMessageStatus(status) for key, status in rows}


async def claim_message(
    session: AsyncSession,
    mail: ReceivedMail,
    id_: UUID,
    status: InboxMessageStatus,
    reason: str | None,
    at: datetime,
    territory_ids: Collection[int] = (),
) -> bool:
    """Record a mail; False where it was processed before. Waits for a process that is at the same mail."""
    written = (
        insert(InboxMessage)
        .values(
            key=mail.key,
            id=id_,
            message_id=mail.message_id,
            sender=mail.senders[0] if mail.senders else None,
            subject=mail.subject,
            received_at=mail.had_at,
            read_at=at,
            status=status.value,
            reason=reason,
            territory_ids=sorted(set(territory_ids)),
        )
        .on_conflict_do_nothing(index_elements=[InboxMessage.key])
        .returning(InboxMessage.id)
    )
    return (await session.execute(written)).scalar_one_or_none() is not None


async def record_forms(session: AsyncSession, message_id: UUID, forms: Sequence[ReceivedForm]) -> None:
    """Record what became of a mail's forms; whoever sees their outlets sees the mail."""
    await session.execute(
        _INSERT_FORMS,
        {
            "message_id": message_id,
            "file_names": [form.file_name for form in forms],
            "digests": [form.digest for form in forms],
            "form_ids": [form.form_id for form in forms],
            "outlet_codes": [form.outlet_code for form in forms],
            "statuses": [form.status.value for form in forms],
            "order_ids": [form.order_id for form in forms],
            "problems": [_problems(form) for form in forms],
        },
    )
    territories = sorted({form.territory_id for form in forms if form.territory_id is not None})
    if territories:
        await session.execute(_SHOW_TO, {"message_id": message_id, "territories": territories})


async def set_status(session: AsyncSession, message_id: UUID, status: InboxMessageStatus, reason: str) -> None:
    """Record that a mail came to nothing after all, and why."""
    await session.execute(
        update(InboxMessage)
        .where(InboxMessage.id == message_id)
        .values(status=status.value, reason=reason)
        .execution_options(synchronize_session=False)
    )


async def queue_answer(session: AsyncSession, message_id: UUID, recipient: str, content: bytes, at: datetime) -> None:
    """Queue an answer to be sent."""
    await session.execute(
        insert(InboxAnswer).values(
            message_id=message_id, recipient=recipient, content=content, queued_at=at, due_at=at, attempts=0
        )
    )


class AnswerOutbox:
    """The answers that are on their way (`app.ground.outbox.Outbox`)."""

    async def claim(self, session: AsyncSession, at: datetime, until: datetime) -> ClaimedMessage[DueAnswer] | None:
        """The answer that is due the longest, put off; one that another process is claiming is passed by."""
        due = (
            select(InboxAnswer.message_id)
            .where(InboxAnswer.due_at <= at)
            .order_by(InboxAnswer.due_at, InboxAnswer.message_id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        claimed = (
            update(InboxAnswer)
            .where(InboxAnswer.message_id == due.scalar_subquery())
            .values(attempts=InboxAnswer.attempts + 1, due_at=until)
            .returning(InboxAnswer.message_id, InboxAnswer.recipient, InboxAnswer.content, InboxAnswer.attempts)
            .execution_options(synchronize_session=False)
        )
        row = (await session.execute(claimed)).one_or_none()
        return (
            None if row is None else ClaimedMessage(DueAnswer(row.message_id, row.recipient, row.content), row.attempts)
        )

    async def mark(self, session: AsyncSession, claimed: ClaimedMessage[DueAnswer], outcome: Outcome) -> None:
        """Sent; failed and due again; or failed and given up."""
        answer = InboxAnswer.message_id == claimed.message.message_id
        if isinstance(outcome, Delivered):
            marked = update(InboxAnswer).where(answer).values(sent_at=outcome.at, due_at=None, failure=None)
        else:
            still_claimed = (InboxAnswer.attempts == claimed.attempt) & InboxAnswer.sent_at.is_(None)
            marked = update(InboxAnswer).where(answer, still_claimed)
            marked = marked.values(due_at=outcome.due_at, failure=outcome.reason)
        await session.execute(marked.execution_options(synchronize_session=False))


async def mails_in_hand(session: AsyncSession) -> dict[bytes, int]:
    """The mails that processes have begun with and not ended, and how many processes."""
    rows = await session.execute(select(InboxMailInHand.key, InboxMailInHand.processes))
    return {key: processes for key, processes in rows}  # noqa: C416 # rows are no pairs to the type checker


async def take_in_hand(
    session: AsyncSession, keys: Collection[bytes], others: Collection[bytes], at: datetime
) -> dict[bytes, int]:
    """Count a process for each of these mails, and forget others; how many processes now have each."""
    given = {"keys": sorted(keys), "others": sorted(others), "at": at}
    rows = await session.execute(_TAKE_IN_HAND, given)
    return {key: processes for key, processes in rows}  # noqa: C416


async def let_go(session: AsyncSession, keys: Collection[bytes], before: datetime) -> None:
    """Forget these mails, and those that nobody has come back to since `before`."""
    of_mails = InboxMailInHand.key == any_(bindparam("keys", sorted(keys), type_=ARRAY(LargeBinary)))
    gone = delete(InboxMailInHand).where(or_(of_mails, InboxMailInHand.begun_at < before))
    await session.execute(gone.execution_options(synchronize_session=False))


def _problems(form: ReceivedForm) -> str:
    problems = [
        {
            "pointer": problem.pointer,
            "cell": form.cells.get(problem.pointer),
            "code": problem.code,
            "message": problem.message,
        }
        for problem in form.problems
    ]
    return orjson.dumps(problems).decode()
