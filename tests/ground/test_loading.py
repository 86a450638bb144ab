"""Modules that are loaded by name."""

import gc
import sys
from pathlib import Path

import pytest

from app.ground.loading import loaded


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that nobody has loaded, and that notes whether the collector was on."""
    (tmp_path / "planted_module.py").write_text("import gc\nwas_on = gc.isenabled()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "planted_module", raising=False)
    return "planted_module:was_on"


def test_the_collector_rests_while_a_module_is_loaded_and_goes_on_after_it(planted: str) -> None:
    assert gc.isenabled()
    assert loaded(planted) is False
    assert gc.isenabled()


def test_the_collector_goes_on_after_a_module_that_cannot_be_loaded() -> None:
    with pytest.raises(ModuleNotFoundError):
        loaded("app.ground.no_such_module:anything")
    assert gc.isenabled()


def test_what_is_loaded_already_is_only_looked_up(planted: str) -> None:
    loaded(planted)
    frozen = gc.get_freeze_count()
    assert loaded(planted) is False
    assert gc.get_freeze_count() == frozen
