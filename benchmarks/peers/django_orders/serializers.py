"""What is sent, checked and recorded. Products are looked up at once, lines written at once."""

from typing import Any

from django.db import transaction
from rest_framework import serializers

from benchmarks.peers.django_orders.models import Line, Order, Outlet, Product


class LineSerializer(serializers.Serializer):
    """One product of an order."""

    product_code = serializers.CharField(max_length=50)
    quantity = serializers.DecimalField(max_digits=12, decimal_places=3, min_value=0)
    unit_price = serializers.DecimalField(max_digits=12, decimal_places=4, min_value=0)


class OrderSerializer(serializers.ModelSerializer):
    """An order with its lines; an id that was sent before is refused."""

    outlet_code = serializers.CharField(max_length=50, write_only=True)
    lines = LineSerializer(many=True, allow_empty=False, write_only=True)

    class Meta:
        """Fields."""

        model = Order
        fields = ("id", "outlet_code", "captured_at", "delivery_date", "comment", "lines", "total", "received_at")
        read_only_fields = ("total", "received_at")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Look up the outlet in the rep's territory, and all products."""
        rep = self.context["request"].user.rep
        outlet = Outlet.objects.filter(code=attrs.pop("outlet_code"), territory_id=rep.territory_id).first()
        if outlet is None:
            raise serializers.ValidationError({"outlet_code": "no such outlet"})
        codes = {line["product_code"] for line in attrs["lines"]}
        products = {product.code: product for product in Product.objects.filter(code__in=codes)}
        if codes - products.keys():
            raise serializers.ValidationError({"lines": "no such product"})
        for line in attrs["lines"]:
            line["product"] = products[line.pop("product_code")]
            if line["quantity"] % line["product"].pack_size:
                raise serializers.ValidationError({"lines": "not in packs"})
        return attrs | {"outlet": outlet, "rep": rep}

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> Order:
        """Write the order and its lines."""
        lines = validated_data.pop("lines")
        total = sum(line["quantity"] * line["unit_price"] for line in lines)
        order: Order = Order.objects.create(**validated_data, total=total)
        Line.objects.bulk_create(Line(order=order, **line) for line in lines)
        return order
