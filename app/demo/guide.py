"""What to look at once the service runs, and the demo has been played."""

from collections.abc import Iterable

from rich.console import Console

from app.demo import accounts
from app.demo.calendar import demo_date, month_before
from app.ground import clock
from app.ground.settings import Settings
from app.planning.week_plans.iso_weeks import iso_week_of


def guide(settings: Settings, at: str) -> Iterable[str]:
    """What to look at next, as lines for the terminal."""
    yield f"  the console          {at}/"
    if settings.demo:
        yield f"  supervisor           {accounts.STAFF['supervisor']}, password {accounts.PASSWORD}"
        yield f"  operator             {accounts.STAFF['operator']}, password {accounts.PASSWORD}"
        yield f"  administrator        {accounts.ADMIN}, password {accounts.PASSWORD}"
        yield f"  the demo day         {at}/console/today?date={demo_date(clock.now())}"
        yield f"  a token              curl -s {at}/v1/auth/token -d grant_type=password \\"
        yield f"                         -d username={accounts.STAFF['supervisor']} -d password={accounts.PASSWORD}"
        yield f"  the 17:00 report     GET {at}/v1/cutoff-runs, then …/{{id}}/missing-orders (JSON, CSV, XLSX)"
        yield f"  plans of a week      GET {at}/v1/week-plans?iso_week={iso_week_of(clock.now().date())}"
        yield f"  forms by mail        GET {at}/v1/inbox-messages; the answers: {settings.home}/mail/answers"
        yield f"  doubts to review     GET {at}/v1/risk-signals"
        yield f"  deliveries, appeals  GET {at}/v1/deliveries?status=mismatched, {at}/v1/appeals"
        month = month_before(demo_date(clock.now()))
        yield f"  a month's points     GET {at}/v1/points/months/{month:%Y-%m}/statements"
    yield f"  API documentation    {at}/docs"
    yield f"  problem types        {at}/problems"
    yield f"  metrics              {at}/metrics"
    yield "  the database         .venv/bin/fieldproof database url | status | stop (it keeps running when this ends)"


def greet(settings: Settings, host: str, port: int) -> None:
    """Say what runs where, and what to look at next."""
    at = f"http://{host}:{port}"
    console = Console()
    console.print(f"\n[bold]Fieldproof[/bold] serves on {at}  (Ctrl-C ends it)")
    for line in guide(settings, at):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
