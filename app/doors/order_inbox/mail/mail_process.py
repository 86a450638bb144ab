"""The process that reads what came by mail: takes mails apart, and reads the files in them (`forms.reader_process`)."""

import traceback

from app.doors.order_inbox.forms.form_requests import FORM
from app.doors.order_inbox.forms.reader_process import read_form
from app.doors.order_inbox.mail.mail_parts import MAIL, MailParts, parts_of
from app.ground.workers.limited_process import MOST_TOLD, run


def read_mail(content: bytes) -> bytes:
    """The attachments of a mail, packed. Any mail gives an answer."""
    try:
        return parts_of(content).packed()
    except MemoryError:
        return MailParts(problem="the mail takes more memory to read than any with an order").packed()
    except Exception:  # noqa: BLE001 # this process has no log: the end of it stands in the record of the mail
        unforeseen = traceback.format_exc()[-MOST_TOLD:].strip().rpartition("\n")[2]
        return MailParts(problem=f"the mail cannot be taken apart ({unforeseen[:200]})").packed()


if __name__ == "__main__":
    run({FORM: read_form, MAIL: read_mail})
