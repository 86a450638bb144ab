"""What a terminal shows of the demo."""

from pathlib import Path

import pytest

from app.demo.guide import greet
from app.ground.settings import Settings


def test_the_command_in_the_greeting_is_printed_as_a_shell_takes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    greet(Settings(home=tmp_path), "127.0.0.1", 8000)
    command = capsys.readouterr().out.split("a token")[1].splitlines()[0].strip()
    assert command == "curl -s http://127.0.0.1:8000/v1/auth/token -d grant_type=password \\"
