"""The collections and relations that Directus is told to make."""

from typing import Any

_KEY = {"field": "id", "type": "integer", "schema": {"is_primary_key": True, "has_auto_increment": True}}
_CODE = {"field": "code", "type": "string", "schema": {"is_unique": True, "is_nullable": False}}


def _field(name: str, kind: str, **meta: Any) -> dict[str, Any]:
    return {"field": name, "type": kind, "schema": {}, "meta": meta}


def _foreign_key(name: str) -> dict[str, Any]:
    schema = {"is_indexed": True, "is_nullable": False}
    return {"field": name, "type": "integer", "schema": schema, "meta": {"special": ["m2o"], "required": True}}


COLLECTIONS: list[dict[str, Any]] = [
    {
        "collection": "outlets",
        "schema": {},
        "meta": {},
        "fields": [_KEY, _CODE, _field("territory", "integer")],
    },
    {
        "collection": "products",
        "schema": {},
        "meta": {},
        "fields": [_KEY, _CODE, _field("list_price", "decimal"), _field("pack_size", "integer")],
    },
    {
        "collection": "orders",
        "schema": {},
        "meta": {},
        "fields": [
            {"field": "id", "type": "uuid", "schema": {"is_primary_key": True}, "meta": {"special": ["uuid"]}},
            _foreign_key("outlet"),
            _field("captured_at", "timestamp", required=True),
            _field("received_at", "timestamp", special=["date-created"]),
            _field("sent_by", "uuid", special=["user-created"]),
            {"field": "delivery_date", "type": "date", "schema": {"is_indexed": True}, "meta": {"required": True}},
            _field("comment", "text"),
            {"field": "lines", "type": "alias", "meta": {"special": ["o2m"]}},
        ],
    },
    {
        "collection": "order_lines",
        "schema": {},
        "meta": {},
        "fields": [
            _KEY,
            {"field": "order", "type": "uuid", "schema": {"is_indexed": True}, "meta": {"special": ["m2o"]}},
            _foreign_key("product"),
            _field("quantity", "decimal", required=True, validation={"_and": [{"quantity": {"_gt": 0}}]}),
            _field("unit_price", "decimal", required=True, validation={"_and": [{"unit_price": {"_gte": 0}}]}),
        ],
    },
]

RELATIONS: list[dict[str, Any]] = [
    {"collection": "orders", "field": "outlet", "related_collection": "outlets", "schema": {}},
    {"collection": "order_lines", "field": "product", "related_collection": "products", "schema": {}},
    {
        "collection": "order_lines",
        "field": "order",
        "related_collection": "orders",
        "schema": {"on_delete": "CASCADE"},
        "meta": {"one_field": "lines"},
    },
]
