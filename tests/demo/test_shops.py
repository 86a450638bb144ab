"""The demo's shops."""

from app.demo.shops import quarters, shops


def test_a_shop_without_a_name_is_told_by_its_number() -> None:
    names = {shop.code: shop.name for shop in shops()}
    assert len(names) == 89
    assert names["PAT-0080"] == "Shop 80"
    assert "Unknown" not in names.values()


def test_every_shop_is_in_one_reps_quarter() -> None:
    walks = quarters(shops(), 4)
    assert [len(walk) for walk in walks] == [23, 23, 23, 20]
    assert {shop.code for walk in walks for shop in walk} == {shop.code for shop in shops()}
