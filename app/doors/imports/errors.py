"""What can go wrong with a whole file."""

from app.ground.errors import Invalid, TooLarge


class FileUnreadable(Invalid):
    """The file cannot be read.

    It is not in the form that its Content-Type promises; the detail says where. Nothing was written.
    """


class TooManyRows(TooLarge):
    """The file has too many rows.

    Send it in parts of at most `limit_rows` rows.
    """


class WorkbookTooLarge(TooLarge):
    """The workbook is larger than an import may be.

    A member `limit_…` names the limit that it is past. Take out what is not to be imported, or send it in parts.
    """


class RowsRejected(Invalid):
    """Some rows were rejected, and the import was to be all or nothing.

    `errors` has the problems of the rows, the first 5,000, with the line in its pointer; nothing was written:
    `accepted` is 0, `rejected` counts the bad rows.
    """
