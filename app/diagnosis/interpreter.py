"""Which Python runs this, and how it was built. `requirements/python.sh` asks the same before anything is installed.

A build with profiles (PGO) and link-time optimisation (LTO) runs the service in 12 to 14 % fewer instructions.
"""

import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.ground.findings import Finding, fine, note, unusual, wrong

OLDEST = (3, 11)
OS_RELEASE = Path("/etc/os-release")
_THOROUGH = frozenset({"debian", "ubuntu", "fedora", "rhel", "arch", "suse"})
"""Distributions whose own Python is built with both, which Debian's does not write down in its configuration."""


@dataclass(frozen=True, slots=True)
class Build:
    """How an interpreter was built; `by`: the distribution whose own it is, empty for any other."""

    with_profiles: bool
    with_lto: bool
    for_debugging: bool
    by: str = ""

    @property
    def is_thorough(self) -> bool:
        """Whether it is as fast as this version of Python is."""
        return self.with_profiles and self.with_lto and not self.for_debugging


def build() -> Build:
    """This interpreter's."""
    return build_of(sysconfig.get_config_vars(), sys.base_prefix, OS_RELEASE)


def build_of(configuration: Mapping[str, object], prefix: str, os_release: Path) -> Build:
    """What its configuration says; of a distribution's own, which is known to be built with both, that."""
    arguments = str(configuration.get("CONFIG_ARGS") or "")
    by = _distribution(os_release) if prefix == "/usr" else ""
    return Build(
        bool(by) or "--enable-optimizations" in arguments,
        bool(by) or "--with-lto" in arguments,
        bool(configuration.get("Py_DEBUG")),
        by,
    )


def _distribution(os_release: Path) -> str:
    try:
        lines = os_release.read_text("utf-8").splitlines()
    except OSError:
        return ""
    release = {name: value.strip("\"'") for name, _, value in (line.partition("=") for line in lines)}
    names = [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
    return release.get("ID", "") if _THOROUGH & set(names) else ""


def look_at_interpreter() -> Iterator[Finding]:
    """The interpreter, and whether it keeps what it compiles."""
    yield judged(sys.version_info[:3], build(), os.path.realpath(sys.executable))
    if sys.dont_write_bytecode:
        yield unusual("interpreter", "PYTHONDONTWRITEBYTECODE is set: every start compiles whatever was not compiled.")


def judged(version: tuple[int, int, int], build: Build, path: str) -> Finding:
    """What is to be said of an interpreter."""
    name = f"Python {'.'.join(map(str, version))} of {path}"
    if version[:2] < OLDEST:
        return wrong("interpreter", f"{name}: Fieldproof needs 3.11 or newer.")
    if build.for_debugging:
        return unusual("interpreter", f"{name} was built for debugging, and runs at a fraction of its speed.")
    if not build.is_thorough:
        lacking = " or ".join(
            word for word, has in (("profiles (PGO)", build.with_profiles), ("LTO", build.with_lto)) if not has
        )
        advice = "the system's own, or the container image's, takes an eighth less (make PYTHON=/usr/bin/python3 setup)"
        return (note if build.with_profiles else unusual)("interpreter", f"{name}, built without {lacking}: {advice}.")
    return fine("interpreter", f"{name}, built with profiles and LTO{f' by {build.by}' if build.by else ''}.")
