"""The sentences of the order form beside its titles (`columns`), in each language that it is written in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FormWords:
    """What stands on the form, and what a spreadsheet program says while somebody fills it in."""

    form: str
    how_to: str
    min_order: str
    order_value: str
    day_from: str
    in_packs: str


_WORDS = {
    "en": FormWords(
        form="Order form",
        how_to="Fill in the coloured cells, save, and send the file back by mail. Each form orders once.",
        min_order="Minimum order",
        order_value="Order value",
        day_from="A day from {day} on.",
        in_packs="Pieces in whole packs: a multiple of the pack size beside it.",
    ),
    "el": FormWords(
        form="Έντυπο παραγγελίας",
        how_to="Συμπληρώστε τα χρωματιστά κελιά και στείλτε το αρχείο με e-mail. Κάθε έντυπο παραγγέλνει μία φορά.",
        min_order="Ελάχιστη παραγγελία",
        order_value="Αξία παραγγελίας",
        day_from="Ημέρα από {day} και μετά.",
        in_packs="Τεμάχια σε ολόκληρες συσκευασίες: πολλαπλάσιο του αριθμού δίπλα.",
    ),
    "ru": FormWords(
        form="Бланк заказа",
        how_to="Заполните цветные ячейки, сохраните и пришлите файл по почте. Каждый бланк заказывает один раз.",
        min_order="Минимальный заказ",
        order_value="Сумма заказа",
        day_from="День не раньше {day}.",
        in_packs="Штуки целыми упаковками: кратно числу рядом.",
    ),
}


def form_words(language: str) -> FormWords:
    """The sentences in a language; in English where there are none of it."""
    return _WORDS.get(language, _WORDS["en"])
