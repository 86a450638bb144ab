"""What a program says of itself (`User-Agent`), as people call it: a browser and the system that it runs on.

Browsers name those that they want to be taken for, too: the first of a list that fits is the one that it is.
"""

import re
from dataclasses import dataclass

_BROWSERS = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"\bOPR/|\bOpera\b")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("Yandex Browser", re.compile(r"\bYaBrowser/")),
    ("Vivaldi", re.compile(r"\bVivaldi/")),
    ("Firefox", re.compile(r"\bFirefox/|\bFxiOS/")),
    ("Chrome", re.compile(r"\b(?:Headless)?Chrome/|\bCriOS/|\bChromium/")),
    ("Safari", re.compile(r"\bVersion/[\d.]+ .*\bSafari/")),
)
_SYSTEMS = (
    ("Android", re.compile(r"\bAndroid\b")),
    ("iPhone", re.compile(r"\biPhone\b")),
    ("iPad", re.compile(r"\biPad\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("macOS", re.compile(r"\bMac OS X\b|\bMacintosh\b")),
    ("Linux", re.compile(r"\bLinux\b|\bX11\b")),
)
_FIRST_NAME = re.compile(r"[A-Za-z][\w.+-]{0,39}(?=/|$)")


@dataclass(frozen=True, slots=True)
class ProgramName:
    """A browser or another program, and the system where that is known; `name` None: it does not say what it is."""

    name: str | None = None
    system: str | None = None


def program_of(user_agent: str | None) -> ProgramName:
    """What opened a login, by its `User-Agent`."""
    text = user_agent or ""
    system = next((name for name, pattern in _SYSTEMS if pattern.search(text)), None)
    browser = next((name for name, pattern in _BROWSERS if pattern.search(text)), None)
    if browser is not None or text.startswith("Mozilla/"):
        return ProgramName(browser, system)
    first = _FIRST_NAME.match(text)
    return ProgramName(first[0] if first else None, system)
