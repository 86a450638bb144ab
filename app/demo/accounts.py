"""Who logs in to the demo, and by what."""

PASSWORD = "patras-demo-day"  # noqa: S105  # the demo listens on loopback, and the README prints it
STAFF = {"supervisor": "sofia", "operator": "orestis"}
ADMIN = "admin"
