"""What the API says in English is said in the language of the page: every sentence, with what stands in its places."""

import html
import re
from collections.abc import Mapping
from functools import cache

import pytest

from app.doors.console.sentences.others import OTHERS, PIECES
from app.doors.console.sentences.patterns import filled, pattern, places_of
from app.doors.console.sentences.sources import APP, OUTSIDE, PHRASES, sentences_in, texts_of_source
from app.doors.console.sentences.speaker import CONTEXT, speaker
from app.doors.console.sentences.written import Written
from app.doors.console.translations import LANGUAGES, texts_of

TRANSLATED = sorted(LANGUAGES.keys() - {"en"})
_FIGURES = re.compile(r"10\d\d")
_LEAST_FIXED = 24
"""Characters: shorter pieces of sentences stand in names and addresses, too."""


@cache
def english_pieces() -> list[str]:
    """What a page in another language must not show: the fixed pieces of the API's sentences."""
    pieces = {pattern(text, "").hint.strip() for text in texts_of("ru", CONTEXT)}
    return sorted(piece for piece in pieces if len(piece) >= _LEAST_FIXED)


def english_in(page: str) -> list[str]:
    """The pieces of English sentences of the API in a page's HTML."""
    text = html.unescape(page)
    return [piece for piece in english_pieces() if piece in text]


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_each_place_of_its_sentence_once(language: str) -> None:
    wrong = [
        (text, translation)
        for text, translation in texts_of(language, CONTEXT).items()
        if sorted(places_of(translation)) != list(range(text.count("{}")))
    ]
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_figure_is_lost_or_stands_in_the_place_of_another(language: str) -> None:
    said = speaker(language)
    wrong: list[Mapping[str, str]] = []
    for text, translation in texts_of(language, CONTEXT).items():
        if "{}{}" in text:  # nobody could tell where one ends
            continue
        figures = [str(1001 + number) for number in range(text.count("{}"))]
        sentence = text.format(*figures)
        if _FIGURES.findall(said(sentence)) != [figures[place] for place in places_of(translation)]:
            wrong.append({sentence: said(sentence)})
    assert wrong == []


@pytest.mark.parametrize(
    ("sentence", "in_greek", "in_russian"),
    [
        (
            "The quantity must be a multiple of the pack of 12.",
            "Η ποσότητα πρέπει να είναι πολλαπλάσιο της συσκευασίας των 12.",
            "Количество должно быть кратно упаковке, 12.",
        ),
        (
            (
                "The visit to St. Nikolas & Co. (PAT-0042) was planned for Monday 23 November, and no order of the "
                "outlet was in the system at 17:00 (Europe/Athens). It does not count any more."
            ),
            (
                "Η επίσκεψη στο St. Nikolas & Co. (PAT-0042) ήταν προγραμματισμένη για Δευτέρα 23 Νοεμβρίου, και στις "
                "17:00 (Europe/Athens) δεν υπήρχε στο σύστημα παραγγελία του σημείου. Δεν μετράει πια."
            ),
            (
                "Визит в St. Nikolas & Co. (PAT-0042) был запланирован на пн, 23 ноября, и в 17:00 (Europe/Athens) "
                "заказа точки в системе не было. Больше не учитывается."
            ),
        ),
        (
            (
                "This check-in at PAT-0042 is 12.3 km from the order at PAT-0001 2 min earlier: at least 102 m/s, "
                "where 50 m/s is the limit."
            ),
            (
                "Αυτή η παρουσία στο PAT-0042 απέχει 12,3 χλμ. από την παραγγελία στο PAT-0001, 2 λεπτά νωρίτερα: "
                "τουλάχιστον 102 m/s, ενώ το όριο είναι 50 m/s."
            ),
            (
                "Отметка в PAT-0042: 12,3 км от записи «заказ в PAT-0001», 2 мин раньше: не меньше 102 м/с при пределе "
                "50 м/с."
            ),
        ),
        (
            "The rep checked in at 11:20, 430 m from the shop and at 12:00, inside the outlet's fence.",
            "Παρουσία του πωλητή: στις 11:20, 430 μ. από το κατάστημα και στις 12:00, μέσα στα όρια του σημείου.",
            "Отметки торгпреда: в 11:20, 430 м от точки и в 12:00, внутри геозоны точки.",
        ),
        (
            "missed_order is a penalty: 0 or less.",
            "«παραγγελία που δεν ήρθε» είναι ποινή: 0 ή λιγότερο.",
            "«заказ не получен» — штраф: 0 или меньше.",
        ),
        (
            "Its position was 1400 m away.",
            "Η θέση της απείχε 1400 μ.",
            "Расстояние до точки: 1400 м.",
        ),
        (
            "B7: The cell shows the error #N/A.",
            "B7: Το κελί δείχνει το σφάλμα #N/A.",
            "B7: В ячейке ошибка #N/A.",
        ),
        (
            "Earned: 121 points; at most: 102 points; so 19 points are taken off.",
            "Κερδήθηκαν: 121 πόντοι· το πολύ: 102 πόντοι· οπότε αφαιρούνται: 19 πόντοι.",
            "Начислено: 121 балл; не больше: 102 балла; поэтому снято: 19 баллов.",
        ),
    ],
)
def test_a_sentence_is_said_in_the_language(sentence: str, in_greek: str, in_russian: str) -> None:
    assert (speaker("el")(sentence), speaker("ru")(sentence)) == (in_greek, in_russian)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_nobody_knows_is_said_as_it_is(language: str) -> None:
    assert speaker(language)("What nobody has translated: 1.5, on Monday 23 November.") == (
        "What nobody has translated: 1.5, on Monday 23 November."
    )


def test_a_name_in_a_sentence_stays_as_it_is() -> None:
    name = "Fish and Chips, 1.5 l {x} (A-1)"
    assert name in speaker("ru")(f"There is no product {name}.")


@pytest.mark.parametrize("text", ["2026-11-27", "2026-11-27T17:00:00+02:00", "17:00 on Friday 27 November"])
def test_a_day_in_a_sentence_is_written_as_the_language_writes_it(text: str) -> None:
    assert ("27 нояб" in Written("ru").rewritten(text), "27 Νο" in Written("el").rewritten(text)) == (True, True)


def test_a_word_beside_a_number_has_the_form_that_goes_with_it() -> None:
    def plural(number: int) -> int:
        return 0 if number == 1 else 1

    said = [filled("{0} {0|point|points}", [number], plural) for number in ("1", "−4", "no")]
    assert said == ["1 point", "−4 points", "no points"]


def test_the_reading_of_the_source_finds_sentences_however_they_are_written() -> None:
    source = (
        '"""The docstring of a module."""\n'
        'raise Invalid("The input is wrong.", errors=[FieldProblem("/x", "x", f"It has {n} of {most} lines.")])\n'
        'message = ("The first part, " "and the second.")\n'
        'field = Field(examples=["It was a holiday that nobody had entered."])\n'
        'log.info("Nobody reads this at a page.")\n'
        'code, kind = "missing", "a code"\n'
    )
    assert sentences_in(source, "module.py") == [
        "The input is wrong.",
        "It has {} of {} lines.",
        "The first part, and the second.",
    ]


def test_the_lists_name_what_is_there_and_nothing_twice() -> None:
    assert [name for name in (*OUTSIDE, *PHRASES) if not (APP / name).exists()] == []
    assert sorted(PIECES - set(texts_of_source())) == []
    assert sorted(set(OTHERS) & set(texts_of_source())) == []
    assert len(OTHERS) == len(set(OTHERS))
