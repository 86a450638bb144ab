"""Takes mails apart, in the same processes that read the files in them."""

from app.doors.order_inbox.forms.reader_pool import WALL_SECONDS, FormReaders
from app.doors.order_inbox.mail.mail_parts import MAIL, MailParts


class MailReaders(FormReaders):
    """An async context manager: `processes` of them, each started when it is first needed."""

    module = "app.doors.order_inbox.mail.mail_process"

    async def parts_of(self, raw: bytes) -> MailParts | None:
        """The attachments of a mail; None where no process survived it."""
        async with self.lent() as process:
            answer = await self.ask(process, MAIL, raw, WALL_SECONDS)
        return MailParts.unpacked(answer) if answer is not None else None
