"""The process that calculates: one call after the other from standard input, what comes of it to standard output.

A frame (`child_processes`) is a pickle: it is talked to by its parent alone, whose code it shares. It stands back
behind whoever answers requests on the same machine.
"""

import contextlib
import gc
import os
import pickle
import sys
from typing import BinaryIO

from app.ground.workers.child_processes import HEAD

NICENESS = 5


def answer_to(request: bytes) -> bytes:
    """The pickled outcome of a pickled call: (True, what it returned) or (False, the error that it raised)."""
    function, arguments = pickle.loads(request)  # noqa: S301 # the parent's own
    try:
        return pickle.dumps((True, function(*arguments)))
    except Exception as error:  # noqa: BLE001 # the parent raises it, where it belongs
        error.__traceback__ = None
        return pickle.dumps((False, error))


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer frame by frame until the requests end."""
    while len(head := requests.read(HEAD.size)) == HEAD.size:
        (size,) = HEAD.unpack(head)
        answer = answer_to(requests.read(size))
        answers.write(HEAD.pack(len(answer)) + answer)
        answers.flush()


def main() -> None:
    """The process. What a library prints goes to standard error: standard output is the parent's."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.nice(NICENESS)
    gc.freeze()
    with contextlib.suppress(BrokenPipeError):
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
