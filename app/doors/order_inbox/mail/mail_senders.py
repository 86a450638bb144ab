"""Who a mail says it is from: the addresses of its From fields, read as syntax before any name is decoded.

`email.utils` reads otherwise from one Python to the next, and a name that is decoded first becomes syntax. Whatever
stands in a name, quoted, in a comment, or in an encoded word (RFC 2047), makes no address and unmakes none. Names need
not be well-formed: what counts is that there is no second address that a mail server could have taken for the sender.
"""

import re
import unicodedata
from collections.abc import Sequence

_MOST_ADDRESSES = 10

_ATOM = r"[^\s<>()\[\]\",:;@\\\x00-\x20\x7f]+"
_ADDRESS = re.compile(f"{_ATOM}@{_ATOM}")
_BETWEEN_ATOMS = re.compile(r"[\s<>()\[\]\",:;\\\x00-\x20\x7f]+")
_ENCODED_WORD = re.compile(r"=\?[^?\s]{1,60}\?[BbQq]\?[^?]*\?=")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|(?P<open>\Z|\\\Z))', re.DOTALL)
"""What stays open reaches to the end: it is looked at once, however many marks are in it."""
_BRACKET_OR_TEXT = re.compile(r"[()]|[^()]+")
_ANGLE = re.compile(r"<([^<>]*)>")
_UNCLOSED = re.compile(r'[<>()"]')
_A_NAME = "\x00"
"""Stands for an encoded word or a quoted text: no part of any address."""


def addresses_of(fields: Sequence[str]) -> list[str]:
    """The addresses of From fields, each once, as they are compared; several where it is not clear which one it is."""
    addresses = [address for field in fields for address in _addresses_in(_ENCODED_WORD.sub(_A_NAME, field))]
    return list(dict.fromkeys(comparable(address) for address in addresses))[:_MOST_ADDRESSES]


def comparable(address: str) -> str:
    """An address in the form in which addresses are compared: lower case, the domain as DNS knows it.

    Other letters do not become ASCII by it: `ſhop@…` is not `shop@…`.
    """
    local, _, domain = address.rpartition("@")
    lower = unicodedata.normalize("NFC", local).casefold()
    try:
        domain = domain.casefold().encode("idna").decode()
    except UnicodeError:
        domain = domain.casefold()
    return f"{lower if lower.isascii() == local.isascii() else local}@{domain}"


def _addresses_in(field: str) -> list[str]:
    """The address of each mailbox: what stands in angle brackets, or where there are none what its words hold.

    Where a quote, a comment or a bracket stays open, or an address stands behind one in brackets, every address counts
    that anybody could see in the field. Linear in its length: any stranger may send it.
    """
    text = _without_names(field)
    if text is None:
        return _all_in(field)
    addresses: list[str] = []
    for mailbox in re.split("[,;]", text):
        angles = [angle.strip() for angle in _ANGLE.findall(mailbox)]
        behind = mailbox.rpartition(">")[2] if angles else ""
        if _UNCLOSED.search(_ANGLE.sub(" ", mailbox)) or "@" in behind or not all(map(_ADDRESS.fullmatch, angles)):
            return _all_in(field)
        addresses += angles or _all_in(mailbox)
    return addresses


def _without_names(field: str) -> str | None:
    """A field without its quoted texts and comments, however they nest; None where one of them stays open."""
    if any(quoted["open"] is not None for quoted in _QUOTED.finditer(field)):
        return None
    depth, texts = 0, []
    for piece in _BRACKET_OR_TEXT.findall(_QUOTED.sub(_A_NAME, field)):
        if piece == "(":
            depth += 1
        elif piece == ")" and not depth:
            return None
        elif piece == ")":
            depth -= 1
        elif not depth:
            texts.append(piece)
    return None if depth else " ".join(texts)


def _all_in(text: str) -> list[str]:
    """Whatever looks like an address, complete or not."""
    return [word for word in _BETWEEN_ATOMS.split(text) if "@" in word]
