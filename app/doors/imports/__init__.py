"""Imports: NDJSON or CSV in, an answer for every row out, through the same set-based upserts as single resources."""
