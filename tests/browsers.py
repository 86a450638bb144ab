"""The browser that the tests start: Chromium, as the system has it; best without the window that nobody looks at.

`requirements/system.sh --for-tests` installs it. It runs this file to search as the tests do, before anything else is
installed: only Python's own modules are at hand.
"""

import os
import shutil
import sys
from pathlib import Path

NAMED_BY = "FIELDPROOF_TEST_CHROMIUM"
"""The environment variable that names another binary."""

NAMES = ("chromium-headless-shell", "chromium", "google-chrome-stable", "google-chrome", "chromium-browser")
OF_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


class NoBrowser(Exception):
    """There is no Chromium that tests can start; the message says what to install."""


def find_browser() -> Path:
    """The Chromium to start.

    Raises NoBrowser.
    """
    chosen = os.environ.get(NAMED_BY)
    if chosen:
        if not os.access(chosen, os.X_OK):
            raise NoBrowser(f"{NAMED_BY} names {chosen}, which is no program")
        return Path(chosen)
    installed = [Path(path) for path in map(shutil.which, NAMES) if path] + [OF_MACOS] * OF_MACOS.exists()
    usable = [path for path in installed if not _is_snap(path)]
    if not usable:
        passed_over = "the only Chromium here is a snap, which sees none of the tests' files: " if installed else ""
        raise NoBrowser(
            f"{passed_over}install chromium (of Debian; Ubuntu has a snap) or Google Chrome (of its maker),"
            f" or name the binary of one: {NAMED_BY}=/path/to/chromium"
        )
    return usable[0]


def _is_snap(path: Path) -> bool:
    """Whether a program is a snap, or the script that Ubuntu installs in its place."""
    program = path.resolve()
    return program.name == "snap" or (program.stat().st_size < 10_000 and b"/snap/bin/" in program.read_bytes())


if __name__ == "__main__":
    try:
        print(find_browser())  # noqa: T201 # the answer
    except NoBrowser as no_browser:
        sys.exit(str(no_browser))
