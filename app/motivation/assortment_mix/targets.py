"""Use cases of targets: put them, one by one or by import. A fixed number of statements for any number of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AuditKind, Change, ChangeAuthor, Values, record
from app.ground.errors import FieldProblem
from app.ground.events import service as events
from app.ground.web.amounts import decimal_text
from app.ground.web.bodies import said
from app.ground.web.upserts import Batch, Upserted, UpsertStatus
from app.masters.territories import service as territories
from app.motivation.assortment_mix import target_queries as queries
from app.motivation.assortment_mix.rules import DEFAULT_STEPS, BonusStep, Quarter, Targets, targets_after
from app.motivation.assortment_mix.target_schemas import AssortmentTargetRowBody, AssortmentTargetsBody


@dataclass(frozen=True, slots=True)
class SaidTargets:
    """What is said of the targets of a quarter, of a territory or (None) of the company: `shares`, `bonus_steps`."""

    quarter: Quarter
    territory_code: str | None
    members: Mapping[str, Any]


async def put_targets(
    session: AsyncSession, quarter: Quarter, body: AssortmentTargetsBody, at: datetime, author: ChangeAuthor
) -> Upserted:
    """Make or change the targets of a quarter; what became of them. What is not said stays."""
    members = {name: value for name, value in said(body).items() if name != "territory_code"}
    if "bonus_steps" in members:
        steps = [BonusStep(step.from_score, step.share) for step in body.bonus_steps or ()]
        members["bonus_steps"] = DEFAULT_STEPS if body.bonus_steps is None else steps
    (outcome,) = await _put_all(session, [SaidTargets(quarter, body.territory_code, members)], at, author)
    return outcome


async def import_targets(
    session: AsyncSession, rows: Sequence[AssortmentTargetRowBody], at: datetime, author: ChangeAuthor
) -> list[Upserted]:
    """Put the targets that rows bring, a row a group; each row's fate, in the order given.

    The rows of a quarter and territory are all of its shares, and have one fate. Steps of the bonus stay as they are.
    """
    batch = Batch([((row.quarter, row.territory_code), row) for row in rows])
    by_owner = batch.by_key()
    repeated = {
        owner: sorted(group for group, times in Counter(row.assortment_group for row in own).items() if times > 1)
        for owner, own in by_owner.items()
    }
    sound = [owner for owner in by_owner if not repeated[owner]]
    puts = [
        SaidTargets(
            Quarter.named(owner[0]), owner[1], {"shares": {r.assortment_group: r.share for r in by_owner[owner]}}
        )
        for owner in sound
    ]
    outcomes = dict(zip(sound, await _put_all(session, puts, at, author), strict=True))
    for place, row in list(batch.waiting()):
        outcome = outcomes.get((row.quarter, row.territory_code))
        if outcome is None:
            names = ", ".join(repeated[row.quarter, row.territory_code])
            batch.reject(place, [FieldProblem("/assortment_group", "repeated", f"More than one row has: {names}.")])
        elif outcome.status is UpsertStatus.REJECTED:
            batch.reject(place, (_of_a_row(problem) for problem in outcome.problems))
        else:
            created = outcome.status is UpsertStatus.CREATED
            changed = outcome.status is UpsertStatus.UPDATED
            batch.settle(place, created=created, changed=changed, version=outcome.version)
    return batch.outcomes()


def _of_a_row(problem: FieldProblem) -> FieldProblem:
    """A problem of the shares as a row has it, that has one of them."""
    return FieldProblem(problem.pointer.replace("/shares", "/share"), problem.code, problem.message)


async def _put_all(
    session: AsyncSession, puts: Sequence[SaidTargets], at: datetime, author: ChangeAuthor
) -> list[Upserted]:
    """Put targets, of each owner once; what became of each, in the order given."""
    codes = {put.territory_code for put in puts if put.territory_code is not None}
    by_code = await territories.territories_by_code(session, codes) if codes else {}
    await queries.hold_alone(session)
    current = await queries.current(session, {put.quarter for put in puts})
    outcomes: list[Upserted] = []
    changes: list[_TargetsChange] = []
    for put in puts:
        territory = by_code.get(put.territory_code or "")
        if put.territory_code is not None and territory is None:
            outcomes.append(Upserted(UpsertStatus.REJECTED, problems=(territories.unknown_territory(),)))
            continue
        territory_id = None if territory is None else territory.id
        judged = _judged(put, territory_id, current.get((put.quarter, territory_id)))
        if isinstance(judged, Upserted):
            outcomes.append(judged)
        else:
            created = judged.before is None
            outcomes.append(Upserted(UpsertStatus.CREATED if created else UpsertStatus.UPDATED, judged.version))
            changes.append(judged)
    await _write(session, changes, at, author)
    return outcomes


@dataclass(frozen=True, slots=True)
class _TargetsChange:
    """A new version of somebody's targets: what was (None: nothing) and what is from now on, as tables hold it."""

    put: SaidTargets
    territory_id: int | None
    version: int
    before: Values | None
    after: Values

    @property
    def owner(self) -> dict[str, Any]:
        """Whose targets they are, and which version, for whoever is told."""
        names = {"quarter": str(self.put.quarter), "territory_code": self.put.territory_code}
        return names | {"version": self.version}

    @property
    def code(self) -> str:
        """What the audit trail knows them by: `2026-Q4 PAT`, the company's as `2026-Q4`."""
        return " ".join(filter(None, [str(self.put.quarter), self.put.territory_code]))


def _judged(put: SaidTargets, territory_id: int | None, before: Targets | None) -> _TargetsChange | Upserted:
    state = None if before is None else {"shares": before.shares, "bonus_steps": tuple(before.bonus_steps)}
    after = targets_after(state, put.members)
    if isinstance(after, tuple):
        return Upserted(UpsertStatus.REJECTED, problems=after)
    if before is not None and after == state:
        return Upserted(UpsertStatus.UNCHANGED, before.version)
    version = 1 if before is None else before.version + 1
    return _TargetsChange(put, territory_id, version, None if state is None else _plain(state), _plain(after))


async def _write(session: AsyncSession, changes: Sequence[_TargetsChange], at: datetime, author: ChangeAuthor) -> None:
    rows = [
        dict(change.after)
        | {"quarter": change.put.quarter.first, "territory_id": change.territory_id, "version": change.version}
        | {"changed_at": at, "changed_by": author.actor}
        for change in changes
    ]
    await queries.add(session, rows)
    trail = (Change(AuditKind.ASSORTMENT_TARGETS, change.code, change.before, change.after) for change in changes)
    await record(session, trail, author, at)
    payloads = [(change.territory_id, change.owner) for change in changes]
    await events.record_all(session, "assortment_targets.changed", payloads, at)


def _plain(values: Mapping[str, Any]) -> Values:
    """Targets as JSON holds them: decimals as texts."""
    shares = values["shares"]
    return {
        "shares": None if shares is None else {group: decimal_text(share) for group, share in shares.items()},
        "bonus_steps": [
            {"from_score": decimal_text(step.from_score), "share": decimal_text(step.share)}
            for step in values["bonus_steps"]
        ],
    }
