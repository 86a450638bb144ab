"""The mailbox: mails with forms come in, answers go out (M6)."""
