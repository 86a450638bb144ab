"""A pool of processes that read what is not trusted, each with limits (`limited_process`)."""

from typing import ClassVar

import structlog

from app.ground.workers.child_processes import ChildLost, ChildPool, ChildProcess

log = structlog.get_logger()


class ReaderPool(ChildPool):
    """An async context manager: `processes` of them, each started when it is first needed."""

    module: ClassVar[str]
    """What the processes run."""
    longest_answer: ClassVar[int] = 32 * 1024 * 1024
    files_a_process: ClassVar[int] = 1_000
    """After as many the process is replaced by a fresh one."""

    def __init__(self, processes: int) -> None:
        # a malicious file could fill the log
        super().__init__(
            [ChildProcess(self.module, longest_answer=self.longest_answer, quiet=True) for _ in range(processes)]
        )

    async def ask(self, process: ChildProcess, kind: bytes, content: bytes, seconds: float) -> bytes | None:
        """What a process that was lent answers to a request; None where it did not survive it.

        One that takes longer than so many seconds is ended: its own limit is processor time, and the machine may be
        busy.
        """
        if process.answered >= self.files_a_process:
            await process.end()
        try:
            return await process.answer(kind + content, seconds)
        except ChildLost as error:
            log.warning("reader_ended", reason=str(error), size=len(content))
            return None
