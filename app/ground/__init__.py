"""The ground: what knows nothing of the business, and what every domain stands on.

The clock, the errors, the settings; `db` and the private cluster; `web`; processes for calculations; `printing`;
`events` and `receipts`.
"""
