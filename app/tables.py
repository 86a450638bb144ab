"""Imports every domain's mapped tables, so that Alembic and the drift test see them all."""

from app.closing.call_tasks import models as call_tasks
from app.closing.compliance import models as compliance
from app.closing.cutoff import models as cutoff
from app.closing.rep_days import models as rep_days
from app.doors.order_inbox.mail import models as order_inbox
from app.field.check_ins import models as check_ins
from app.field.rejected_events import models as rejected_events
from app.field.risk_signals import models as risk_signals
from app.field.visits import models as visits
from app.field.watermarks import models as watermarks
from app.ground.attachments import models as attachments
from app.ground.audit import models as audit
from app.ground.db.base import Base
from app.ground.events import models as events
from app.ground.job_runs import models as job_runs
from app.ground.positions import models as positions
from app.ground.receipts import models as receipts
from app.masters.catalogue import models as catalogue
from app.masters.identity import models as identity
from app.masters.outlets import models as outlets
from app.masters.territories import models as territories
from app.motivation.appeals import models as appeals
from app.motivation.assortment_mix import models as assortment_mix
from app.motivation.points import models as points
from app.motivation.statements import models as statements
from app.planning.plan_generation import models as plan_generation
from app.planning.week_plans import models as week_plans
from app.planning.workdays import models as workdays
from app.sales.deliveries import models as deliveries
from app.sales.mismatch_reasons import models as mismatch_reasons
from app.sales.orders import models as orders
from app.sales.returns import models as returns

MODULES = (
    appeals,
    attachments,
    assortment_mix,
    audit,
    call_tasks,
    catalogue,
    check_ins,
    compliance,
    cutoff,
    deliveries,
    events,
    identity,
    job_runs,
    mismatch_reasons,
    order_inbox,
    orders,
    outlets,
    plan_generation,
    points,
    statements,
    positions,
    receipts,
    rejected_events,
    rep_days,
    returns,
    risk_signals,
    territories,
    visits,
    watermarks,
    week_plans,
    workdays,
)

metadata = Base.metadata
