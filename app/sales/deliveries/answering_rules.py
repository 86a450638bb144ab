"""Who answers for what differs (D3): pure functions of plain values."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from app.ground.values import value

OPEN, REP, WAREHOUSE, PRICING = "open", "rep", "warehouse", "pricing"


class AnswerBasis(StrEnum):
    """Why a party answers (D3)."""

    DECISION = "decision"
    REASON = "reason"
    TERMS = "terms"
    SHIPPED_DIFFERS = "shipped_differs"
    PRICE_DIFFERS = "price_differs"
    NOBODY_SAID = "nobody_said"
    CHANGED_AFTER_CUTOFF = "changed_after_cutoff"


class PartyAnswering(NamedTuple):
    """Who answers, and why."""

    party: str
    because: AnswerBasis


BY_SHIPPED = PartyAnswering(WAREHOUSE, AnswerBasis.SHIPPED_DIFFERS)
BY_PRICE = PartyAnswering(PRICING, AnswerBasis.PRICE_DIFFERS)
NOBODY_YET = PartyAnswering(OPEN, AnswerBasis.NOBODY_SAID)
_BY_THE_OFFICE = PartyAnswering(OPEN, AnswerBasis.CHANGED_AFTER_CUTOFF)


@value(frozen=True, slots=True)
class AnswerDecision:
    """A person's word on who answers, for a product or (None) for the whole order. Ids count up."""

    id: int
    product_id: int | None
    answered_by: str


class Answers:
    """What has been said about who answers for an order's lines."""

    def __init__(self, terms_party: str | None, decisions: Iterable[AnswerDecision]) -> None:
        self._terms_party = terms_party
        self._of_product: dict[int | None, AnswerDecision] = {}
        for decision in sorted(decisions, key=lambda decision: decision.id):
            self._of_product[decision.product_id] = decision

    def of(
        self, product_id: int, reason_party: str | None, by_figures: PartyAnswering, *, by_the_office: bool
    ) -> PartyAnswering:
        """The newest decision that covers the line, else the party of its reason, else the terms, else the figures.

        `by_the_office`: it differs only because somebody else than the rep changed the order after its cutoff. The rep
        answers for that by a decision alone, and terms and figures say nothing about it (O4, decision 75).
        """
        decisions = [self._of_product[key] for key in (product_id, None) if key in self._of_product]
        if decisions:
            newest = max(decisions, key=lambda decision: decision.id)
            return PartyAnswering(newest.answered_by, AnswerBasis.DECISION)
        if reason_party is not None and not (by_the_office and reason_party == REP):
            return PartyAnswering(reason_party, AnswerBasis.REASON)
        if by_the_office:
            return _BY_THE_OFFICE
        return by_figures if self._terms_party is None else PartyAnswering(self._terms_party, AnswerBasis.TERMS)
