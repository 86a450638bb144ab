"""Which of Windows' code pages a text is written in: they share their bytes, so that its letters must show it.

Each code page is tried. The words with letters beyond ASCII get the likelihood of those letters in a language of the
code page, by how often that language has them; what no language writes counts against it: a sign or two scripts within
a word, capitals behind small letters, syllables without a vowel. The likeliest one is the text's.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_BYTES = 20_000
"""What is looked at: as many letters as that leave no doubt."""
_RAREST = 0.0003
"""How often a letter is taken to come, at least, that a language's table does not have."""
_NOT_MAPPED, _ODD_SIGN, _TWO_SCRIPTS, _BESIDE_LATIN, _ODD_CASE, _NO_SYLLABLE = -15.0, -6.0, -8.0, -2.5, -4.0, -2.5
_SIGN, _NO_ASCII_LETTER = -3.0, -4.0
_USUAL_PAIR, _UNUSUAL_PAIR = 0.4, -1.6
_LONGEST_RUN = 4
"""Consonants in a row that a syllable takes."""
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_ASCII_WORD = re.compile(rb"[A-Za-z]{2,}")
_CELL = re.compile(rb"[;\t\r\n]+")
_SIGNS = "«»“”„‟‘’‚‹›–—…•·°§©®™№€£¿¡ªº²³\u00a0\u00ad"
_WITHIN = "’·\u00a0–—\u00ad"
"""Signs that may stand between two letters."""
_VOWELS = frozenset("aeiouyæœøıαεηιουωаеёиоуыэюяіїєъ")


_GREEK = (
    "σ$α$η$^α^εειουησ^πο$ικιαμεταανισσηενριοσποσττοι$ροασν$^σατμαραεσ^κκοκατε^δτηερδι^μνααρυ$τιωνετνοαλαιιοε$"
    "πα^τονοιμοορλελοντπιεπνεκεπρσυομυνακ^οολλαπεαποπημρεσελησιελυσαμυπσμθελινιαφνηαγιντρωσδεευογγρεγ^χυριμοτ"
    "κτδοφακημηχε^γλληκργυμεκιτ^υμιμπητιερωιδαδαθηρρη^λπλθηγανωιηγο^βχργιιρυτιω"
)
_RUSSIAN = (
    "^пене$ст^срания$ноовй$ана$ерреропо^опри$атванака^во$ныь$^нтьнетатеко^ктольмезаолитскодетм$тилеорелнн^дос"
    "отал^рисделиомиевекиия^иобин^земриволоавгоеддат$есимогтрсопеиразийонвыая^ух$арый^ммаы$долаопчеекой^тьнци"
    "ся^ау$ок^бсиастснтикоен$димовируыеспусамсеакивмитваев$клчислвладпаииейыхизю$тнбрапичщежеабболяуювнзопуев"
    "очку^фндмыкрпиксожчаозшилюющблчнр$грк$нущиилегтк^г^лсактнсайбарнымрыднжиссацвкачхотуфиючурывртше^э"
)
"""Pairs of letters, `^` and `$` the ends of a word, that make up 85 % of the words of programs in these languages."""
_GREEK_PAIRS = frozenset(map("".join, zip(_GREEK[::2], _GREEK[1::2], strict=True)))
_CYRILLIC_PAIRS = frozenset(map("".join, zip(_RUSSIAN[::2], _RUSSIAN[1::2], strict=True)))


@dataclass(frozen=True, slots=True)
class Language:
    """How often each letter beyond ASCII comes in a language, of all its letters; `bonus`: how often it is met."""

    frequencies: Mapping[str, float]
    bonus: float = 0.0


def _language(letters: str, *, bonus: float = 0.0) -> Language:
    """From letters and their frequencies in a thousand: `é 19 à 5`."""
    words = letters.split()
    return Language({letter: float(count) / 1000 for letter, count in zip(words[::2], words[1::2], strict=True)}, bonus)


LANGUAGES: Mapping[str, Sequence[Language]] = {
    "windows-1252": (
        _language("é 19 à 5 è 3.5 ê 2.2 ç 0.9 â 0.5 î 0.5 ô 0.4 û 0.6 ù 0.6 ë 0.1 ï 0.1 œ 0.2"),
        _language("ü 6.5 ä 5.6 ö 3 ß 3.1"),
        _language("ó 8.3 í 7.3 á 5 é 4.3 ñ 3.1 ú 1.7 ü 0.1"),
        _language("ã 12 ç 5.3 á 4.7 é 3.4 ê 2 í 1.3 ó 3 õ 2 à 0.7 â 0.6 ú 2 ô 1"),
        _language("à 6.4 è 2.6 ò 1.5 ù 1.7 é 0.6 ì 0.5"),
        _language("ä 18 å 13.4 ö 13 é 0.4"),
        _language("å 15 ø 10 æ 8.7 é 0.4"),
        _language("ä 35.8 ö 4.4 å 0.4"),
        _language("ë 0.9 é 0.6 ï 0.4 ö 0.2 ü 0.2 è 0.2 á 0.2"),
        _language("á 18 ð 44 é 6.5 í 15.7 ó 10 ú 6 ý 2.3 þ 14.6 æ 8.7 ö 7.8", bonus=-5),
    ),
    "windows-1250": (
        _language("ą 9.9 ć 4 ę 11.1 ł 18.2 ń 2 ó 8.5 ś 6.6 ź 0.6 ż 8.3", bonus=-1),
        _language("á 22 č 10 ď 0.5 é 13 ě 16 í 32 ň 0.7 ó 0.4 ř 12 š 8 ť 0.6 ú 1.5 ů 7 ý 9 ž 10", bonus=-1),
        _language("á 18 č 9.5 ď 1.5 é 8 í 10 ľ 3.5 ň 1.5 ó 1 ô 1.5 š 8 ť 6 ú 9 ý 10 ž 8.5 ä 0.8 ĺ 0.2 ŕ 0.2", bonus=-1),
        _language("á 34 é 34 í 4.7 ó 8.2 ö 8.2 ő 8.9 ú 2.5 ü 6.6 ű 1.4", bonus=-1),
        _language("ă 20 â 9.1 î 11.4 ş 15.5 ţ 11", bonus=-2),
        _language("č 10 š 10 ž 5 ć 6 đ 2", bonus=-1),
    ),
    "windows-1254": (_language("ı 51.1 ş 17.8 ü 18.5 ğ 11.3 ö 7.8 ç 11.6 İ 20 â 0.4", bonus=-1),),
    "windows-1253": (
        _language(
            "α 115 ο 98 ι 93 ε 85 τ 80 σ 78 ν 65 η 51 υ 43 ρ 43 π 43 κ 42 μ 34 λ 30 ω 23 δ 18 γ 18 θ 13 χ 13 φ 9 β 8"
            " ξ 5 ζ 5 ψ 3 ά 22 έ 17 ή 13 ί 27 ό 20 ύ 12 ώ 10 ϊ 0.8 ϋ 0.1 ΐ 0.4 ΰ 0.1"
        ),
    ),
    "windows-1251": (
        _language(
            "о 110 е 85 а 80 и 73 н 67 т 63 с 55 р 47 в 45 л 44 к 35 м 32 д 30 п 28 у 26 я 20 ы 19 ь 17 г 17 з 16 б 16"
            " ч 14 й 12 х 10 ж 9 ш 7 ю 6 ц 5 щ 4 э 3 ф 3 ъ 0.4 ё 1"
        ),
        _language(
            "о 94 а 83 н 68 и 62 і 57 в 54 т 53 е 46 р 45 с 43 к 38 л 37 м 31 у 33 д 34 п 29 я 22 з 23 г 16 ь 18 б 17"
            " ч 15 й 12 х 12 ж 7 ш 7 ю 7 ц 8 ї 8 є 6 щ 5 ф 3 ґ 0.3",
            bonus=-1,
        ),
        _language(
            "а 115 и 90 о 88 е 87 т 76 н 68 р 50 с 48 в 43 л 35 к 37 д 37 п 29 м 25 з 22 ъ 20 я 18 б 14 г 17 у 17 ч 15"
            " ж 7 ц 8 щ 7 й 8 х 6 ш 4 ф 4 ю 2 ь 0.3",
            bonus=-1,
        ),
    ),
}
"""The code pages, with the languages that are written in each."""


def code_page(content: bytes) -> str:
    """The likeliest of them for a text that is no UTF-8."""
    cells = [
        (words, _ASCII_WORD.search(cell) is not None)
        for cell in _CELL.split(content[:MOST_BYTES])
        if (words := _WORD.findall(cell))
    ]
    return max(LANGUAGES, key=lambda name: _likelihood(cells, name))


def _likelihood(cells: Sequence[tuple[Sequence[bytes], bool]], name: str) -> float:
    """The logarithm of how likely the words are in the code page's likeliest language."""
    shape = 0.0
    letters: dict[str, int] = {}
    for words, beside_latin in cells:
        for word in words:
            text = word.decode(name, "replace")
            shape += _shape(text, beside_latin=beside_latin)
            for letter in _letters(text):
                letters[letter] = letters.get(letter, 0) + 1
    return shape + max(
        language.bonus
        + sum(count * math.log(language.frequencies.get(letter, 0) or _RAREST) for letter, count in letters.items())
        for language in LANGUAGES[name]
    )


def _letters(text: str) -> list[str]:
    """The letters beyond ASCII in a word, small, sigma as one."""
    letters = []
    for char in text:
        if char.isascii() or not char.isalpha():
            continue
        small = char if char == "İ" else char.lower()
        letters.append(small.replace("ς", "σ"))
    return letters


def _shape(text: str, *, beside_latin: bool) -> float:
    """What speaks against a word by its look alone."""
    score = _NOT_MAPPED * text.count("\ufffd")
    parts = re.split(f"[{re.escape(_SIGNS)}]", text)
    score += _SIGN * sum(char in _SIGNS for char in text)
    score += _ODD_SIGN * sum(not char.isalpha() and char not in _SIGNS and char != "\ufffd" for char in text)
    score += _ODD_SIGN * sum(
        before.isalpha() and after.isalpha() and sign in _SIGNS and sign not in _WITHIN
        for before, sign, after in zip(text, text[1:], text[2:], strict=False)
    )
    for part in parts:
        if any(char.isalpha() and not _is_latin(char) for char in part):
            latin = any(_is_latin(char) for char in part)
            score += _TWO_SCRIPTS * latin + _BESIDE_LATIN * (beside_latin and not latin)
            score += _ODD_CASE * sum(sigma == "ς" for sigma in part[:-1]) + _pairs(part)
        elif len(part) > 2 and not any(map(str.isascii, part)):
            score += _NO_ASCII_LETTER
        if part and part not in {part.lower(), part.upper(), part[:1] + part[1:].lower()}:
            score += _ODD_CASE
        score += _NO_SYLLABLE * max(0, _longest_run(part) - _LONGEST_RUN)
    return score


def _pairs(part: str) -> float:
    letters = "".join(_letters(part))
    usual = _CYRILLIC_PAIRS
    if "\u0370" <= letters[0] <= "\u03ff":
        letters, usual = "".join(unicodedata.normalize("NFD", letter)[0] for letter in letters), _GREEK_PAIRS
    pairs = [before + after for before, after in zip(f"^{letters}", f"{letters}$", strict=True)]
    return sum(_USUAL_PAIR if pair in usual else _UNUSUAL_PAIR for pair in pairs)


def _is_latin(char: str) -> bool:
    return char.isascii() or char < "\u0250"


def _longest_run(part: str) -> int:
    """The most consonants in a row."""
    longest = run = 0
    for char in part:
        base = unicodedata.normalize("NFD", char.lower())[0]
        run = 0 if base in _VOWELS or not char.isalpha() else run + 1
        longest = max(longest, run)
    return longest
