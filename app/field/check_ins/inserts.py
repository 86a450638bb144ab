"""The set-based write: one statement for any number of check-ins and the ad hoc visits that they make."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.models import CheckIn
from app.field.check_ins.records import CheckInRecord
from app.field.visits.service import ad_hoc_insert, ad_hoc_parameters
from app.ground.db.statements import Columns, DirectStatement, document, in_utc, insert_rows
from app.masters.outlets.positions import POSITION_COLUMNS, position_columns
from app.masters.territories.field_clock import STAMP_PATHS

_COLUMNS = Columns(
    {
        "id": "id",
        "territory_id": "territory_id",
        "rep_id": "rep_id",
        "device_id": "device_id",
        "outlet_id": "outlet.id",
        "kind": "kind",
        "location_version": "outlet.location_version",
        "policy_version": "policy_version",
    }
    | STAMP_PATHS
)

_INSERT = DirectStatement(
    ad_hoc_insert().add_cte(insert_rows(CheckIn, (*_COLUMNS.names, *POSITION_COLUMNS)).cte("recorded"))
)


async def record_check_ins(session: AsyncSession, check_ins: Sequence[CheckInRecord]) -> None:
    """Insert check-ins, any number in one statement. Their ids must have been claimed (`receipts`).

    A check-in, arrival or departure, at an outlet where its rep has no visit that day makes an ad hoc visit (V5): a
    phone that lost its arrival was there all the same.
    """
    if not check_ins:
        return
    visits = {
        (check_in.stamp.business_date, check_in.rep_id, check_in.outlet.id): (
            check_in.territory_id,
            check_in.stamp.received_at,
        )
        for check_in in check_ins
        if check_in.outlet is not None
    }
    rows = _COLUMNS.rows(check_ins)
    for row, check_in in zip(rows, check_ins, strict=True):
        row.update(position_columns(check_in.fix, check_in.verdict))
        row["captured_at"], row["fix_at"] = in_utc(row["captured_at"]), in_utc(row["fix_at"])
    await _INSERT.rows(session, {"rows": document(rows)} | ad_hoc_parameters(visits))
