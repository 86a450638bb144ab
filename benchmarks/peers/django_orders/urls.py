"""POST /orders/."""

from django.urls import path
from rest_framework.generics import CreateAPIView

from benchmarks.peers.django_orders.serializers import OrderSerializer

urlpatterns = [path("orders/", CreateAPIView.as_view(serializer_class=OrderSerializer))]
