"""What the own mail server found out about the sender of a mail: `Authentication-Results`, read as RFC 8601 writes it.

Parts of it are the sender's own words: the address of the envelope may hold quoted text, and with it whatever looks
like another result. So quoted texts and comments are taken out first, before anything is parted at `;`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.doors.order_inbox.mail.mail_senders import comparable

_PIECE = re.compile(r'"(?P<quoted>(?:[^"\\]|\\.)*+)(?P<closed>"?)|[()]|[^"()]+', re.DOTALL)
_PIECE_OF_COMMENT = re.compile(r"[()]|(?:[^()\\]|\\.)+|\\", re.DOTALL)
"""No quotation mark opens anything there."""
_METHOD = re.compile(r"([a-z0-9-]+)(?:/[0-9]+)?=([a-z]+)")
_NOT_OF_A_WORD = re.compile(r'[\s;="()]+')
_DOMAINS: Mapping[str, Sequence[str]] = {
    "dmarc": ("header.from",),
    "dkim": ("header.d", "header.i"),
    "spf": ("smtp.mailfrom",),
}
"""Where each method names the domain that it speaks of; of several the first one counts."""


@dataclass(frozen=True, slots=True)
class AuthenticationResult:
    """One result, in small letters: `dmarc`, `pass`, and the domain that it is about, "" where it names none."""

    method: str
    result: str
    domain: str

    def is_about(self, domain: str) -> bool:
        """Whether it is about this domain, or one above or below it (RFC 7489, relaxed)."""
        own = self.domain
        return own != "" and (own == domain or domain.endswith(f".{own}") or own.endswith(f".{domain}"))


def results_of(server: str, values: Sequence[str]) -> list[AuthenticationResult]:
    """The results of the topmost field that the server itself wrote; any below it came with the mail.

    Of what stands behind a quote or a comment that nobody closes, no pass counts.
    """
    for value in values:
        sound, doubtful = _without_texts(value)
        own, _, rest = sound.partition(";")
        name = own.split()
        if name and name[0].lower() == server.lower():
            passes = list(_results_in(rest))
            return passes + [result for result in _results_in(doubtful) if result.result != "pass"]
    return []


def _without_texts(value: str) -> tuple[str, str]:
    """A field without its comments, its quoted texts made words; and what stands behind one that is not closed."""
    texts: list[str] = []
    depth = opened = at = 0
    while (piece := (_PIECE_OF_COMMENT if depth else _PIECE).match(value, at)) is not None:
        text, begun, at = piece.group(), at, piece.end()
        if text == "(":
            opened = opened if depth else begun
            depth += 1
        elif text == ")":
            depth = max(depth - 1, 0)
        elif not depth and text.startswith('"'):
            if not piece["closed"]:
                return "".join(texts), text
            texts.append(_NOT_OF_A_WORD.sub("_", piece["quoted"]))
        elif not depth:
            texts.append(text)
    return "".join(texts), value[opened:] if depth else ""


def _results_in(text: str) -> Iterator[AuthenticationResult]:
    for part in text.lower().split(";"):
        words = " ".join(part.split()).replace(" =", "=").replace("= ", "=").split()
        method = next((match for word in words if (match := _METHOD.fullmatch(word)) is not None), None)
        if method is not None:
            pairs = [word.partition("=") for word in words]
            values = {name: value for name, _, value in reversed(pairs)}
            named = (values[name] for name in _DOMAINS.get(method[1], ()) if name in values)
            address = comparable(f"@{next(named, '').rpartition('@')[2].strip('<>.')}")
            yield AuthenticationResult(method[1], method[2], address.removeprefix("@"))
