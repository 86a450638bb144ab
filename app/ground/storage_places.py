"""Where files may be kept beside the database, as a setting names it: a directory, or a bucket."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of an S3-compatible store, and who asks there. `prefix`: what all names within it begin with."""

    name: str
    prefix: str
    endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)


def storage_place(url: str) -> Path | tuple[str, str]:
    """The directory of file:///…, or the name of a bucket and the prefix of s3://bucket/prefix.

    Raises ValueError for any other URL; it does not repeat it.
    """
    parts = urlsplit(url)
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("a place for files is file:///directory or s3://bucket/prefix, and nothing else")
    if parts.scheme == "file" and not parts.netloc and len(parts.path) > 1:
        return Path(unquote(parts.path))
    if parts.scheme == "s3" and parts.netloc:
        return parts.netloc, unquote(parts.path).strip("/")
    raise ValueError("a place for files begins with file:/// or s3://")
