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
_WITH_AT = re.compile(r"[^\s<>()\[\]\",:;\\\x00-\x20\x7f]*@[^\s<>()\[\]\",:;\\\x00-\x20\x7f]*")
_ENCODED_WORD = re.compile(r"=\?[^?\s]{1,60}\?[BbQq]\?[^?]*\?=")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_COMMENT = re.compile(r"\([^()]*\)")
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

    Where a quote, a comment or a bracket stays open, every address counts that anybody could see in the field.
    """
    text, comments = _QUOTED.subn(_A_NAME, field)[0], 1
    while comments:
        text, comments = _COMMENT.subn(" ", text)
    addresses: list[str] = []
    for mailbox in re.split("[,;]", text):
        angles = [angle.strip() for angle in _ANGLE.findall(mailbox)]
        if _UNCLOSED.search(_ANGLE.sub(" ", mailbox)) or not all(map(_ADDRESS.fullmatch, angles)):
            return _WITH_AT.findall(field)
        addresses += angles or _WITH_AT.findall(mailbox)
    return addresses
