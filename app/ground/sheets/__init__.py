"""Workbooks as cells, and what a person means by a cell: the number, the day. For what shops and offices send."""
