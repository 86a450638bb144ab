"""What the leader does, and how often."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import Gauge
from sqlalchemy import ColumnElement, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks import service as call_tasks
from app.closing.compliance.keeping import forget_kept_days, keep_days
from app.closing.cutoff import service as cutoff
from app.closing.months import closing_figures
from app.closing.months import service as months
from app.closing.rep_days.changes import forget_changes
from app.doors.fulfilment.service import DueOrders
from app.doors.order_inbox.mail.mailbox_state import JOB_ID as MAILS
from app.doors.order_inbox.mail.wiring import open_door
from app.field.check_ins.location_job import propose_from_check_ins
from app.field.rejected_events import service as rejected_events
from app.field.risk_signals.sharing_job import doubt_shared_devices
from app.field.watermarks import service as watermarks
from app.ground import clock
from app.ground.attachments.pruning_job import AttachmentPruner
from app.ground.attachments.stores import open_store
from app.ground.db.partitions import ensure_month_partitions
from app.ground.db.retention import drop_expired_months, forget_expired
from app.ground.db.session import Database
from app.ground.positions.service import keep_positions
from app.ground.receipts import idempotency
from app.ground.settings import Settings
from app.masters.identity import service as identity
from app.masters.identity.second_factors import seal_anew
from app.masters.identity.secret_seal import SecretSeal
from app.motivation.appeals import service as appeals
from app.motivation.assortment_mix import closing_job as quarters
from app.planning.plan_generation.generator import PlanGenerator
from app.planning.week_plans.reminders import remind
from app.sales.orders import service as orders
from scheduler.closing import DayCloser
from scheduler.positions import PositionPruning

HALF_A_MINUTE, MINUTE, HOUR = 30.0, 60.0, 3600.0
AHEAD = timedelta(days=92)

HEARTBEAT = Gauge("fieldproof_scheduler_heartbeat_seconds", "When this process last led, in unix time")

Work = Callable[[AsyncSession, datetime], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every so many seconds, at once when this process begins to lead. Its answer goes to the log.

    `waits` says in SQL whether there is something to do: one statement asks it for all such jobs (`looks`), and the job
    runs as soon as there is. Its seconds are for what that cannot see.

    `by_the_clock`: it does what cannot be undone because of the time that it is, and waits where the clock is doubted.
    `quiet`: an answer of 0 or None is not worth a line. Where leading ends, `stop` tells what still runs to end soon,
    and `close` lets go of what it held. `state`: what it has to say of what it looks after, for `run_records`.
    """

    id: str
    every_seconds: float
    run: Callable[[Database], Awaitable[object]]
    waits: Callable[[], ColumnElement[bool]] | None = None
    by_the_clock: bool = False
    quiet: bool = True
    stop: Callable[[], object] | None = None
    close: Callable[[], Awaitable[object]] | None = None
    state: Callable[[], Mapping[str, Any]] | None = None


def in_transaction(work: Work) -> Callable[[Database], Awaitable[object]]:
    """`work` as a job: one transaction, committed where it ends."""

    async def run(database: Database) -> object:
        async with database.transaction() as session:
            return await work(session, clock.now())

    return run


def all_jobs(settings: Settings) -> list[Job]:
    """The leader's jobs; what they remember begins anew with each leadership."""
    door, generator, closer = open_door(settings), PlanGenerator(settings), DayCloser()
    mail = [] if door is None else [Job(MAILS, 1, door.turn, stop=door.stop, close=door.close, state=door.state)]
    closing_day = settings.assortment_closing_day
    resealing = [_resealing(settings)] if settings.previous_signing_keys else []
    by_quarter = [] if closing_day is None else [_quarters(quarters.QuarterCloser(closing_day))]
    return [
        *mail,
        *by_quarter,
        *resealing,
        Job("close_due_days", HALF_A_MINUTE, closer.close_due, waits=closer.waits, by_the_clock=True),
        Job(
            "expire_call_tasks",
            MINUTE,
            in_transaction(call_tasks.expire_due),
            waits=lambda: call_tasks.any_due(clock.now()),
            by_the_clock=True,
        ),
        Job("remind_of_week_plans", MINUTE, in_transaction(remind), by_the_clock=True),
        Job(
            "generate_week_plans",
            MINUTE,
            generator.work_off,
            waits=generator.waits,
            stop=generator.stop,
            close=generator.close,
        ),
        Job("close_due_months", HOUR, months.close_due, by_the_clock=True, close=_forget_overdue),
        Job("tell_undecided_appeals", 10 * MINUTE, in_transaction(appeals.tell_undecided), by_the_clock=True),
        Job("prune_attachments", 10 * MINUTE, AttachmentPruner(open_store(settings)).prune, by_the_clock=True),
        Job("make_penalties_final", 30 * MINUTE, in_transaction(cutoff.finalise_after_72h), by_the_clock=True),
        Job("keep_days", HALF_A_MINUTE, keep_days, by_the_clock=True),
        Job("keep_positions", 5, _keep_positions),
        Job("keep_partitions_ahead", 6 * HOUR, in_transaction(_keep_partitions_ahead)),
        Job("refresh_turnovers", 6 * HOUR, in_transaction(orders.refresh_turnovers)),
        Job("conclude_due_orders", HOUR, DueOrders().conclude, by_the_clock=True),
        Job("doubt_shared_devices", HOUR, in_transaction(doubt_shared_devices)),
        Job("propose_locations", 24 * HOUR, in_transaction(propose_from_check_ins)),
        Job("prune_positions", 10 * MINUTE, in_transaction(PositionPruning().prune), by_the_clock=True),
        Job("forget_expired", HOUR, in_transaction(forget_expired)),
        Job("drop_expired_months", 6 * HOUR, in_transaction(drop_expired_months)),
        Job("forget_kept_days", HOUR, in_transaction(forget_kept_days)),
        Job("forget_day_changes", 10 * MINUTE, in_transaction(forget_changes)),
        Job("prune_refresh_families", HOUR, in_transaction(identity.prune_refresh_families), by_the_clock=True),
        Job("prune_login_attempts", HOUR, in_transaction(identity.prune_login_attempts), by_the_clock=True),
        Job("prune_enrolment_codes", HOUR, in_transaction(identity.prune_enrolment_codes), by_the_clock=True),
        Job("prune_idempotency_keys", HOUR, in_transaction(idempotency.prune_idempotency_keys), by_the_clock=True),
        Job("prune_boots", HOUR, in_transaction(watermarks.forget_boots), by_the_clock=True),
        Job("prune_day_counts", HOUR, in_transaction(watermarks.forget_day_counts), by_the_clock=True),
        Job("prune_rejected_events", HOUR, in_transaction(rejected_events.forget_rejections), by_the_clock=True),
        Job("heartbeat", MINUTE, _heartbeat, quiet=False),
    ]


def _quarters(closer: quarters.QuarterCloser) -> Job:
    return Job("close_quarters", HOUR, closer.close_due, by_the_clock=True)


def _resealing(settings: Settings) -> Job:
    seal = SecretSeal((settings.signing_key, *settings.previous_signing_keys))
    return Job("seal_second_factors_anew", HOUR, in_transaction(lambda session, _: seal_anew(session, seal)))


async def _forget_overdue() -> None:
    """Whoever leads now counts what is not closed: nothing of what this process saw holds any more."""
    closing_figures.OVERDUE.set(0)
    quarters.OVERDUE.set(0)


async def _keep_positions(database: Database) -> str | None:
    async with database.single_statement() as session:
        return "a new epoch" if await keep_positions(session) else None


async def _keep_partitions_ahead(session: AsyncSession, at: datetime) -> None:
    """Fail fast: a new partition needs its parent for a moment, and nobody shall queue behind a wait for that."""
    await session.execute(text("SET LOCAL lock_timeout = '2s'"))
    await ensure_month_partitions(session, at.date(), (at + AHEAD).date())


async def _heartbeat(_: Database) -> str:
    HEARTBEAT.set(clock.now().timestamp())
    return "alive"
