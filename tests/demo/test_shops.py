"""The demo's shops."""

from collections import Counter

from app.demo.shops import ShopKind, kind_of, shops


def test_a_shop_without_a_name_is_told_by_its_number() -> None:
    names = {shop.code: shop.name for shop in shops()}
    assert len(names) == 89
    assert names["PAT-0080"] == "Shop 80"
    assert "Unknown" not in names.values()


def test_the_kind_of_a_shop_is_told_by_its_name() -> None:
    kinds = Counter(kind_of(shop) for shop in shops())
    assert kinds == {ShopKind.SUPERMARKET: 42, ShopKind.GROCERY: 41, ShopKind.KIOSK: 6}
