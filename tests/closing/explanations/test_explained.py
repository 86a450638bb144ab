"""An entry is explained to its rep and to staff, by the tables of `told_entries` and `told_reversals`."""

import pytest

from tests.closing.explanations import told_entries, told_reversals
from tests.closing.explanations.conftest import Kiosk
from tests.closing.explanations.told import Told


def name_of(told: Told) -> str:
    """The world and the entry, as the test is called."""
    rule, kind, _, _ = told.entry
    return f"{told.world.__name__}: {rule} {kind.lower()}"


@pytest.mark.parametrize("told", [*told_entries.TOLD, *told_reversals.TOLD], ids=name_of)
async def test_an_entry_is_explained_to_its_rep_and_to_staff(kiosk: Kiosk, told: Told) -> None:
    await told.world(kiosk)
    rule, kind, points, note = told.entry
    answer = await kiosk.explained(rule, kind)
    assert answer["text"] == told.text
    assert answer["would_have_changed_it"] == told.would_have_changed_it
    assert [record["type"] for record in answer["records"]] == told.records
    assert (answer["rule"], answer["kind"], answer["points"], answer["note"]) == (rule, kind, points, note)
    to_staff = await kiosk.explained(rule, kind, to=kiosk.supervisor)
    assert not set(to_staff["text"].lower().replace(".", " ").split()) & {"you", "your"}
    assert [record["type"] for record in to_staff["records"] if record["type"] in told.records] == told.records
