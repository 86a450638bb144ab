"""The page that every problem's `type` points into: the list of problem types, as people read it in a browser."""

import re
from html import escape

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Problem types</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font: 600 1.1rem/1.5 ui-monospace, monospace; margin-top: 2rem; }
h2 a { color: inherit; text-decoration: none; }
:target { background: #fff3c4; }
</style>
</head>
<body>
"""


def page_of(markdown: str) -> str:
    """`problems.md` as HTML. It has headings, paragraphs, `code` and **bold**, and nothing else."""
    blocks = [_block(block) for block in markdown.strip().split("\n\n")]
    return _HEAD + "\n".join(blocks) + "\n</body>\n</html>\n"


def _block(block: str) -> str:
    if block.startswith("## "):
        anchor = escape(block[3:].strip())
        return f'<h2 id="{anchor}"><a href="#{anchor}">{anchor}</a></h2>'
    if block.startswith("# "):
        return f"<h1>{escape(block[2:].strip())}</h1>"
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(block, quote=False))
    text = re.sub(r"[*][*]([^*]+)[*][*]", r"<strong>\1</strong>", text)
    return f"<p>{text}</p>"
