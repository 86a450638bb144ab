"""Imports every domain's mapped tables, so that Alembic and the drift test see them all."""

from app.call_tasks import models as call_tasks
from app.catalogue import models as catalogue
from app.check_ins import models as check_ins
from app.cutoff import models as cutoff
from app.db.base import Base
from app.events import models as events
from app.handheld import models as handheld
from app.identity import models as identity
from app.order_inbox import models as order_inbox
from app.orders import models as orders
from app.outlets import models as outlets
from app.plan_generation import models as plan_generation
from app.points import models as points
from app.receipts import models as receipts
from app.risk_signals import models as risk_signals
from app.territories import models as territories
from app.visit_plans import models as visit_plans
from app.week_plans import models as week_plans
from app.workdays import models as workdays

MODULES = (
    call_tasks,
    catalogue,
    check_ins,
    cutoff,
    events,
    handheld,
    identity,
    order_inbox,
    orders,
    outlets,
    plan_generation,
    points,
    receipts,
    risk_signals,
    territories,
    visit_plans,
    week_plans,
    workdays,
)

metadata = Base.metadata
