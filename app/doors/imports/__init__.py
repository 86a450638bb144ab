"""Imports: NDJSON, CSV or workbooks in, an answer for every row out, through the same upserts as single resources."""
