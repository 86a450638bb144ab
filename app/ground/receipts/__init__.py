"""The first answer to whatever a client may send twice.

Words: an *event receipt* remembers which content a client-made id had first (O3); an *idempotency key* remembers the
answer to a POST that has no id of its own. Owns `event_receipts` and `idempotency_keys`.
"""
