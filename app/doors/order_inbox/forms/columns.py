"""The words of the order form: what its columns and fields are called, going out and coming in, in each language."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

FORM_VERSION = "1"

PRODUCT_CODE, QUANTITY, UNIT_PRICE, PRODUCT = "product_code", "quantity", "unit_price", "product"
OUTLET_CODE, DELIVERY_DATE, COMMENT = "outlet_code", "delivery_date", "comment"
FORM_ID, VERSION = "form_id", "form_version"

COLUMNS: Mapping[str, str] = {
    PRODUCT_CODE: "Product code",
    PRODUCT: "Product",
    "group": "Group",
    "unit": "Unit",
    "pack_size": "Pack size",
    UNIT_PRICE: "Unit price",
    "must_stock": "Must stock",
    "suggested_quantity": "Suggested quantity",
    QUANTITY: "Quantity",
    "line_value": "Line value",
}
"""The columns of the form in their order: as a CSV file names them → as a sheet does in English."""

FIELDS: Mapping[str, str] = {
    OUTLET_CODE: "Outlet code",
    "outlet": "Outlet",
    DELIVERY_DATE: "Delivery date",
    COMMENT: "Comment",
    FORM_ID: "Form id",
    VERSION: "Form version",
}
"""The fields above the columns, likewise."""

TITLES: Mapping[str, Mapping[str, str]] = {
    "en": {**COLUMNS, **FIELDS},
    "el": {
        PRODUCT_CODE: "Κωδικός προϊόντος",
        PRODUCT: "Προϊόν",
        "group": "Ομάδα",
        "unit": "Μονάδα",
        "pack_size": "Τεμάχια ανά συσκευασία",
        UNIT_PRICE: "Τιμή μονάδας",
        "must_stock": "Υποχρεωτική ποσότητα",
        "suggested_quantity": "Προτεινόμενη ποσότητα",
        QUANTITY: "Ποσότητα",
        "line_value": "Αξία γραμμής",
        OUTLET_CODE: "Κωδικός καταστήματος",
        "outlet": "Κατάστημα",
        DELIVERY_DATE: "Ημερομηνία παράδοσης",
        COMMENT: "Σχόλιο",
        FORM_ID: "Αριθμός εντύπου",
        VERSION: "Έκδοση εντύπου",
    },
    "ru": {
        PRODUCT_CODE: "Код товара",
        PRODUCT: "Товар",
        "group": "Группа",
        "unit": "Единица",
        "pack_size": "Штук в упаковке",
        UNIT_PRICE: "Цена за единицу",
        "must_stock": "Обязательное количество",
        "suggested_quantity": "Предлагаемое количество",
        QUANTITY: "Количество",
        "line_value": "Сумма строки",
        OUTLET_CODE: "Код магазина",
        "outlet": "Магазин",
        DELIVERY_DATE: "Дата доставки",
        COMMENT: "Комментарий",
        FORM_ID: "Номер бланка",
        VERSION: "Версия бланка",
    },
}
"""What a sheet calls its columns and fields, by language."""

READ_COLUMNS = (PRODUCT_CODE, QUANTITY, UNIT_PRICE)
READ_FIELDS = (OUTLET_CODE, DELIVERY_DATE, COMMENT, FORM_ID, VERSION)

_ALSO_CALLED: Mapping[str, str] = {
    PRODUCT_CODE: "code, item code, article, article no, sku, κωδικός, κωδικός είδους, κωδ είδους, κωδ, код, артикул",
    PRODUCT: "product name, item, description, είδος, περιγραφή, ονομασία, наименование, название, номенклатура",
    QUANTITY: "qty, order quantity, ordered, pieces, pcs, ποσ, ποσοτ, τεμάχια, τεμ, παραγγελία, кол-во, кол, штук,"
    " шт, заказ",
    UNIT_PRICE: "price, τιμή, цена",
    OUTLET_CODE: "shop code, store code, customer code, κωδικός πελάτη, κωδ καταστήματος, код точки,"
    " код торговой точки, код клиента, код покупателя",
    DELIVERY_DATE: "delivery, deliver on, παράδοση, ημ παράδοσης, ημνία παράδοσης, дата поставки, доставка, поставка",
    COMMENT: "comments, remark, remarks, note, notes, σχόλια, παρατήρηση, παρατηρήσεις, комментарии, примечание,"
    " примечания",
}
_SUMS = (
    "total, sum, grand total, subtotal, sub total, total quantity, total value, σύνολο, γενικό σύνολο, μερικό σύνολο,"
    " σύνολα, άθροισμα, συνολικά, итого, всего, итог, итого к оплате, сумма, общая сумма, общий итог, всего к оплате"
)
_IN_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")
_NOT_OF_A_NAME = re.compile(r"[\s_:;.,*#№/-]+")
_UNITS = re.compile(
    r"(?: (?:pcs|pieces|qty|quantity|value|amount|eur|€|τεμ|τεμαχια|τεμαχιων|ευρω|шт|штук|руб|сумма))+$"
)
_LONGEST = 100


def _plain(text: str) -> str:
    """Small letters without accents, brackets and marks: however somebody writes a heading."""
    bare = unicodedata.normalize("NFD", _IN_BRACKETS.sub(" ", text[:_LONGEST]).casefold())
    return _NOT_OF_A_NAME.sub(" ", "".join(char for char in bare if not unicodedata.combining(char))).strip()


_READ = {PRODUCT, *READ_COLUMNS, *READ_FIELDS}
_NAMED: Mapping[str, str] = {
    **{_plain(title): name for titles in TITLES.values() for name, title in titles.items() if name in _READ},
    **{_plain(name): name for name in _READ},
    **{_plain(word): name for name, words in _ALSO_CALLED.items() for word in words.split(", ")},
}
_PLAIN_SUMS = frozenset(map(_plain, _SUMS.split(", ")))


@lru_cache(maxsize=4096)
def named(text: str) -> str | None:
    """The column or field that is read and goes by this name, in any language; None for other text."""
    return _NAMED.get(_plain(text))


def is_sum(text: str) -> bool:
    """Whether a text heads a row of totals, in any language: `Total`, `Σύνολο (τεμ.)`, `Итого, руб.`"""
    plain = _plain(text)
    return plain in _PLAIN_SUMS or _UNITS.sub("", plain) in _PLAIN_SUMS
