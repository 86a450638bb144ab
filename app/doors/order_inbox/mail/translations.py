"""What is said of a form, in the language in which its sender is answered.

The rules and the reader say it in English, which the API shows; an answer to a shop says it in the shop's language.
A sentence that is not listed stays English: better than none.
"""

import re
from collections.abc import Iterator

from app.doors.order_inbox.mail.reader_sentences import CELL_SENTENCES, FILE_SENTENCES

_LANGUAGES = {"el": 1, "ru": 2}
_HOLE = re.compile(r"\\\{(\w+)\\\}")

_ORDER_SENTENCES: tuple[tuple[str, str, str], ...] = (
    # the order
    ("There is no outlet with this code.", "Δεν υπάρχει κατάστημα με αυτόν τον κωδικό.", "Магазина с таким кодом нет."),
    (
        "This outlet lies outside of the rep's territory.",
        "Το κατάστημα δεν είναι στην περιοχή του πωλητή.",
        "Магазин вне территории торгового представителя.",
    ),
    ("This outlet is no longer served.", "Το κατάστημα δεν εξυπηρετείται πια.", "Магазин больше не обслуживается."),
    ("This outlet is on credit hold.", "Το κατάστημα είναι σε αναστολή πίστωσης.", "Отгрузки магазину приостановлены."),
    (
        "The delivery date lies before the order's business date, {day}.",
        "Η ημερομηνία παράδοσης είναι πριν από την ημέρα της παραγγελίας, {day}.",
        "Дата доставки раньше дня заказа, {day}.",
    ),
    (
        "An order needs at least one line.",
        "Η παραγγελία χρειάζεται τουλάχιστον μία γραμμή με ποσότητα.",
        "В заказе нужна хотя бы одна строка с количеством.",
    ),
    (
        "An order may have {most} lines.",
        "Η παραγγελία έχει το πολύ {most} γραμμές.",
        "В заказе не больше {most} строк.",
    ),
    (
        "An order may have {most} lines; this form has {count}.",
        "Η παραγγελία έχει το πολύ {most} γραμμές· το έντυπο έχει {count}.",
        "В заказе не больше {most} строк; в бланке их {count}.",
    ),
    (
        "An order's value must be below {limit}.",
        "Η αξία της παραγγελίας πρέπει να είναι κάτω από {limit}.",
        "Сумма заказа должна быть меньше {limit}.",
    ),
    ("There is no product with this code.", "Δεν υπάρχει προϊόν με αυτόν τον κωδικό.", "Товара с таким кодом нет."),
    ("This product is no longer sold.", "Το προϊόν δεν πωλείται πια.", "Товар больше не продаётся."),
    (
        "{code} stands on an earlier line already.",
        "Ο κωδικός {code} υπάρχει ήδη σε προηγούμενη γραμμή.",
        "{code} уже есть в одной из строк выше.",
    ),
    ("The quantity must be above 0.", "Η ποσότητα πρέπει να είναι πάνω από 0.", "Количество должно быть больше 0."),
    (
        "The quantity must be a multiple of the pack of {pack}.",
        "Η ποσότητα πρέπει να είναι πολλαπλάσιο της συσκευασίας των {pack}.",
        "Количество должно быть кратно упаковке, {pack}.",
    ),
    (
        "The price differs from the price list's.",
        "Η τιμή διαφέρει από τον τιμοκατάλογο.",
        "Цена отличается от прайс-листа.",
    ),
    (
        "The quantity is more than the warehouses have.",
        "Η ποσότητα είναι μεγαλύτερη από το απόθεμα.",
        "Количество больше, чем есть на складах.",
    ),
    (
        "The quantity is more than the warehouse {warehouse} has.",
        "Η ποσότητα είναι μεγαλύτερη από το απόθεμα της αποθήκης {warehouse}.",
        "Количество больше, чем есть на складе {warehouse}.",
    ),
    (
        "The order is below the outlet's minimum.",
        "Η παραγγελία είναι κάτω από το ελάχιστο του καταστήματος.",
        "Заказ меньше минимального для магазина.",
    ),
    (
        "Must-stock items are missing: {codes}.",
        "Λείπουν υποχρεωτικά προϊόντα: {codes}.",
        "Не хватает обязательных товаров: {codes}.",
    ),
    # the mail
    ("no order form attached", "δεν υπάρχει συνημμένο έντυπο παραγγελίας", "бланк заказа не приложен"),
    (
        "no order form: {names} cannot be read",
        "δεν υπάρχει έντυπο παραγγελίας· δεν διαβάζονται: {names}",
        "нет бланка заказа; не читается: {names}",
    ),
    (
        "the mail is too large ({size} MiB)",
        "το μήνυμα είναι μεγάλο ({size} MiB)",
        "письмо велико ({size} МиБ)",
    ),
    (
        "something went wrong on our side; please phone your rep or the office{detail}",
        "κάτι πήγε στραβά σε εμάς· τηλεφωνήστε στον πωλητή σας ή στο γραφείο",
        "что-то не сработало у нас; позвоните торговому представителю или в офис",
    ),
)
SENTENCES = (*FILE_SENTENCES, *CELL_SENTENCES, *_ORDER_SENTENCES)
"""Each sentence in English, Greek and Russian; in braces what is filled in."""


def in_language(message: str, language: str) -> str:
    """A sentence in a language; as it is, where it is not known in it."""
    column = _LANGUAGES.get(language)
    if column is None:
        return message
    for pattern, sentence in _PATTERNS:
        if (match := pattern.fullmatch(message)) is not None:
            return sentence[column].format(**match.groupdict())
    return message


def _patterns() -> Iterator[tuple[re.Pattern[str], tuple[str, str, str]]]:
    # the longest first: a shorter one may be all of it but what is filled in
    for sentence in sorted(SENTENCES, key=lambda sentence: -len(sentence[0])):
        yield re.compile(_HOLE.sub(r"(?P<\1>.*?)", re.escape(sentence[0])), re.DOTALL), sentence


_PATTERNS = tuple(_patterns())
