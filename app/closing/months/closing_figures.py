"""What tells a monitor that months are not closed in time. Counted by the process whose scheduler leads."""

from prometheus_client import Counter, Gauge

FAILED = Counter("fieldproof_month_failures", "Attempts of this process to close a month that failed")
OVERDUE = Gauge(
    "fieldproof_months_overdue",
    "Months whose closing day has come and that this process could not close",
    multiprocess_mode="mostrecent",
)
