"""What happened that somebody outside of the request should hear of: the outbox.

Words: an *event* has a type, a moment, a territory (or none) and a small payload. `GET /v1/events?after=` reads them in
order; webhooks and mails will be fed from the same table. Owns `events`.
"""
