"""Appeals as a file: a row for each, with the words of both sides."""

from sqlalchemy.ext.asyncio import AsyncSession

from tests.csv_reports import report_rows
from tests.factories.appeals import BOOKED_AT, make_appeal, make_entry
from tests.motivation.appeals.conftest import Office


async def test_a_row_tells_what_the_rep_said_and_what_was_decided(office: Office, session: AsyncSession) -> None:
    appeal = await make_appeal(session, office.entry)
    decision = {"outcome": "rejected", "reason": "The photo is of another day."}
    await office.api.post(f"/v1/appeals/{appeal.id}/decision", json=decision, headers=office.supervisor)
    answer = (await office.api.get(f"/v1/appeals/{appeal.id}", headers=office.supervisor)).json()
    (row,) = await report_rows(office.api, "/v1/appeals", office.supervisor)
    assert (row["appeal_id"], row["status"], row["instance"]) == (str(appeal.id), "rejected", "1")
    assert (row["rep_code"], row["rule"], row["points"]) == (office.rep.code, "missed_order", "-10")
    assert (row["text"], row["reason"]) == (answer["text"], "The photo is of another day.")
    assert row["decided_by"] == answer["steps"][-1]["taken_by"]
    assert (row["decide_by"], row["overdue"], row["taken_further_because"]) == ("", "false", "")


async def test_a_file_is_narrowed_down_as_the_list_is(office: Office, session: AsyncSession) -> None:
    await make_appeal(session, office.entry)
    granted = await make_appeal(session, await make_entry(session, office.rep), status="granted", decided_at=BOOKED_AT)
    rows = await report_rows(office.api, "/v1/appeals", office.supervisor, status="granted")
    assert [row["appeal_id"] for row in rows] == [str(granted.id)]
    assert await report_rows(office.api, "/v1/appeals", office.supervisor, rep_code="none") == []
