"""Which rule, and which note of a reversal, is explained by what.

A new rule is a module in `explainers/` and a line in `ENTRIES`, a new note of a reversal one in `REVERSALS`; where a
rule's reversals all have one cause, in `REVERSALS_OF_RULES`.
"""

from collections.abc import Callable, Mapping

from app.closing.cutoff.settlement_rules import Standing
from app.closing.explanations.explainers import (
    deliveries,
    dumped_order,
    late_order,
    missed_order,
    order_on_time,
    order_reversals,
    over_monthly_cap,
    past_due_order,
    returns,
    reversals,
    visit_reversals,
)
from app.closing.explanations.explanation import Explanation
from app.closing.explanations.records import LedgerStep, World
from app.closing.punctuality.rules import NOBODY_ANSWERS
from app.motivation.points.rules import PointsEntryKind, PointsRule

Explain = Callable[[World], Explanation]

ENTRIES: Mapping[PointsRule, Explain] = {
    PointsRule.MISSED_ORDER: missed_order.explain,
    PointsRule.LATE_ORDER: late_order.explain,
    PointsRule.PAST_DUE_ORDER: past_due_order.explain,
    PointsRule.ORDER_ON_TIME: order_on_time.explain,
    PointsRule.DELIVERY_MATCHED: deliveries.explain_matched,
    PointsRule.DELIVERY_MISMATCH: deliveries.explain_mismatch,
    PointsRule.PRICE_MISMATCH: deliveries.explain_price,
    PointsRule.RETURNS_WITHIN_LIMIT: returns.explain_within,
    PointsRule.RETURNS_OVER_LIMIT: returns.explain_over,
    PointsRule.DUMPED_ORDER: dumped_order.explain,
    PointsRule.OVER_MONTHLY_CAP: over_monthly_cap.explain,
}

REVERSALS: Mapping[str, Explain] = {
    Standing.CLEARED.value: visit_reversals.captured_before_cutoff,
    Standing.RECEIVED.value: visit_reversals.received_before_cutoff,
    Standing.LATE.value: visit_reversals.late_order,
    Standing.MISSED.value: visit_reversals.missed_order,
    Standing.EXCUSED.value: visit_reversals.excused,
    Standing.VOIDED.value: visit_reversals.run_voided,
    "dumped_order": visit_reversals.order_dumped,
    "no_order_in_time": visit_reversals.no_order_in_time,
    NOBODY_ANSWERS: visit_reversals.nobody_answers,
    "not_past_due": visit_reversals.not_past_due,
    "": visit_reversals.counts_again,
    "appeal_granted": reversals.appeal_granted,
}

REVERSALS_OF_RULES: Mapping[PointsRule, Explain] = {
    PointsRule.OVER_MONTHLY_CAP: reversals.within_cap,
    PointsRule.DELIVERY_MATCHED: order_reversals.delivery_concluded_anew,
    PointsRule.DELIVERY_MISMATCH: order_reversals.delivery_concluded_anew,
    PointsRule.PRICE_MISMATCH: order_reversals.delivery_concluded_anew,
    PointsRule.RETURNS_WITHIN_LIMIT: reversals.returns_concluded_anew,
    PointsRule.RETURNS_OVER_LIMIT: reversals.returns_concluded_anew,
}


def explainer_of(step: LedgerStep) -> Explain:
    """What explains an entry."""
    if step.kind is not PointsEntryKind.REVERSAL:
        return ENTRIES[step.rule]
    if step.note == "appeal_granted":
        return REVERSALS[step.note]
    if step.rule is PointsRule.DUMPED_ORDER:
        return order_reversals.not_dumped if step.note == "not_dumped" else order_reversals.dumped_again
    if step.rule is PointsRule.DELIVERY_MATCHED and step.note == "dumped_order":
        return order_reversals.earned_by_a_dumped_order
    return REVERSALS_OF_RULES.get(step.rule, REVERSALS.get(step.note, reversals.by_its_note))
