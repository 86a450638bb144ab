"""Tables."""

import uuid

from django.conf import settings
from django.db import models


class Rep(models.Model):
    """Who sends orders."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    territory_id = models.IntegerField()

    def __str__(self) -> str:
        return f"rep {self.pk}"


class Outlet(models.Model):
    """Who orders."""

    code = models.CharField(max_length=50, unique=True)
    territory_id = models.IntegerField(db_index=True)

    def __str__(self) -> str:
        return str(self.code)


class Product(models.Model):
    """What is ordered, in multiples of a pack."""

    code = models.CharField(max_length=50, unique=True)
    list_price = models.DecimalField(max_digits=12, decimal_places=4)
    pack_size = models.IntegerField()

    def __str__(self) -> str:
        return str(self.code)


class Order(models.Model):
    """An order."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT)
    rep = models.ForeignKey(Rep, on_delete=models.PROTECT)
    captured_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    delivery_date = models.DateField(db_index=True)
    comment = models.TextField(blank=True)
    total = models.DecimalField(max_digits=14, decimal_places=4)

    def __str__(self) -> str:
        return str(self.pk)


class Line(models.Model):
    """One product of an order."""

    order = models.ForeignKey(Order, related_name="lines", on_delete=models.CASCADE)
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    unit_price = models.DecimalField(max_digits=12, decimal_places=4)

    def __str__(self) -> str:
        return str(self.pk)
