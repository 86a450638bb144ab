"""The private PostgreSQL cluster under FIELDPROOF_HOME (decision 10)."""
