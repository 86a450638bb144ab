"""The words of the order form: what its columns and fields are called, going out and coming in."""

import re
from collections.abc import Mapping

FORM_VERSION = "1"

PRODUCT_CODE, QUANTITY, UNIT_PRICE = "product_code", "quantity", "unit_price"
OUTLET_CODE, DELIVERY_DATE, COMMENT = "outlet_code", "delivery_date", "comment"
FORM_ID, VERSION = "form_id", "form_version"

COLUMNS: Mapping[str, str] = {
    PRODUCT_CODE: "Product code",
    "product": "Product",
    "group": "Group",
    "unit": "Unit",
    "pack_size": "Pack size",
    UNIT_PRICE: "Unit price",
    "must_stock": "Must stock",
    "suggested_quantity": "Suggested quantity",
    QUANTITY: "Quantity",
    "line_value": "Line value",
}
"""The columns of the form in their order: as a CSV file names them → as a sheet does."""

FIELDS: Mapping[str, str] = {
    OUTLET_CODE: "Outlet code",
    "outlet": "Outlet",
    DELIVERY_DATE: "Delivery date",
    COMMENT: "Comment",
    FORM_ID: "Form id",
    VERSION: "Form version",
}
"""The fields above the columns, likewise."""

READ_COLUMNS = (PRODUCT_CODE, QUANTITY, UNIT_PRICE)
READ_FIELDS = (OUTLET_CODE, DELIVERY_DATE, COMMENT, FORM_ID, VERSION)

_ALSO_CALLED = {
    "code": PRODUCT_CODE,
    "item code": PRODUCT_CODE,
    "sku": PRODUCT_CODE,
    "qty": QUANTITY,
    "order quantity": QUANTITY,
    "price": UNIT_PRICE,
    "delivery": DELIVERY_DATE,
    "comments": COMMENT,
    "remark": COMMENT,
}
_NAMED: Mapping[str, str] = {name.replace("_", " "): name for name in (*READ_COLUMNS, *READ_FIELDS)} | _ALSO_CALLED
_NOT_OF_A_NAME = re.compile(r"[\s_:*-]+")


def named(text: str) -> str | None:
    """The column or field that is read and goes by this name, whatever its case and spaces; None for other text."""
    return _NAMED.get(_NOT_OF_A_NAME.sub(" ", text[:100]).strip().casefold())
