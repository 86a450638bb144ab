"""The passwords that everybody tries first (NIST SP 800-63B): `common_passwords.txt` says where they are from."""

from functools import cache
from importlib.resources import files

SERVICE = "fieldproof"


@cache
def _common() -> frozenset[str]:
    lines = files(__package__).joinpath("common_passwords.txt").read_text("ascii").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def is_common(password: str) -> bool:
    """Whether a password is one of the commonest, in whatever case."""
    return password.casefold() in _common()


def is_name(password: str, *names: str) -> bool:
    """Whether a password is one of these names, or one with digits and signs around it."""
    bare = _without_ornament(password)
    return any(bare == _without_ornament(name) for name in names)


def _without_ornament(text: str) -> str:
    letters = [place for place, character in enumerate(text) if character.isalpha()]
    return text[letters[0] : letters[-1] + 1].casefold() if letters else text.casefold().strip()
