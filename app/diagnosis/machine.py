"""The machine: room on its disks, and where processes share what they count."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from app.ground.findings import Finding, fine, unusual, wrong

MIB = 1024 * 1024
GIB = 1024 * MIB
LEAST_FREE_BYTES = 256 * MIB
LITTLE_FREE_BYTES = 2 * GIB
LITTLE_FREE_SHARE = 0.1
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def look_at_disk(home: Path, data: Path | None) -> Iterator[Finding]:
    """Room in the home, and where the private cluster's data lie, if they lie elsewhere."""
    places = {"home": nearest(home)} | ({"data": nearest(data)} if data is not None else {})
    seen: set[int] = set()
    for subject, place in places.items():
        device = place.stat().st_dev
        if device not in seen:
            seen.add(device)
            usage = shutil.disk_usage(place)
            yield room_judged(subject, place, usage.free, usage.total)
    if not os.access(places["home"], os.W_OK):
        yield wrong("home", f"{places['home']} cannot be written to by this user.")


def nearest(path: Path) -> Path:
    """The path, or the folder that it would be made in."""
    path = path.expanduser().resolve()
    while not os.access(path, os.F_OK):  # `Path.exists` raises where a folder may not be entered
        path = path.parent
    return path


def room_judged(subject: str, place: Path, free: int, total: int) -> Finding:
    """What is to be said of a disk."""
    detail = f"{place}: {free / GIB:.1f} of {total / GIB:.1f} GiB are free"
    if free < LEAST_FREE_BYTES:
        return wrong(subject, f"{detail}. A full disk stops the database.")
    if free < LITTLE_FREE_BYTES or free < LITTLE_FREE_SHARE * total:
        return unusual(subject, f"{detail}: little.")
    return fine(subject, f"{detail}.")


def look_at_secret(home: Path) -> Iterator[Finding]:
    """Whether anybody but the owner can read the key that the home keeps."""
    path = home.expanduser() / "token_secret"
    if os.access(path, os.F_OK) and path.stat().st_mode & _OTHERS:
        yield wrong("secrets", f"{path} can be read by others than its owner: chmod 600 {path}")
