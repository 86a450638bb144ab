"""JSON merge patch (RFC 7396): what a body of masters means anyway."""

from typing import Any

from fastapi import Body

MERGE_PATCH: Any = Body(
    media_type="application/merge-patch+json",
    description="RFC 7396: members replace what stands, null removes, what is left out stays",
    examples=[{"name": "Another name"}],
)
"""The body of a PATCH route is the resource's own; sent as application/merge-patch+json or application/json.

A PUT changes what it says and nothing else, too (decision 40): a PATCH differs in that the resource has to be there.
"""
