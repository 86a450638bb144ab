"""QR codes as pictures that stand in a page."""

import segno
from markupsafe import Markup


def qr_picture(text: str) -> Markup:
    """A text as SVG: black on white, with the quiet zone around it that cameras need, and without any style in it."""
    picture = segno.make(text, error="m", micro=False)
    drawn = str(picture.svg_inline(border=4, light="#fff", omitsize=True, svgclass=None, lineclass=None))
    return Markup(drawn)  # noqa: S704  # paths alone, drawn by us
