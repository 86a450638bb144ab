"""A process that reads what is not trusted: requests from standard input, one after the other, answers to its output.

Its memory and processor time are limited, it knows no secret and opens no file: what a hostile file makes of the
libraries that read it, it makes of this process alone, and its pool (`reader_pool`) starts another one.

Why a process: decision 23.
"""

import gc
import resource
import sys
from collections.abc import Callable, Mapping
from typing import BinaryIO

from app.ground.workers.child_processes import HEAD

MEMORY_BYTES = 640 * 1024 * 1024
"""Of address space, some 200 MB of it the interpreter's and the libraries'."""
CPU_SECONDS = 10
"""For one request. The kernel ends the process that takes more."""
MOST_TOLD = 2_000
"""As many characters are told of what nobody foresaw."""

Readers = Mapping[bytes, Callable[[bytes], bytes]]
"""What answers a request, by the byte that it begins with: a process may read several kinds of things."""


def limit_processor_time(seconds: int) -> None:
    """Let this process use so many seconds more, not more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    end = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (end, resource.RLIM_INFINITY))


def serve(requests: BinaryIO, answers: BinaryIO, readers: Readers, cpu_seconds: int) -> None:
    """Answer frame by frame until the requests end, each by the reader of its kind."""
    while len(head := requests.read(HEAD.size)) == HEAD.size:
        request = requests.read(*HEAD.unpack(head))
        limit_processor_time(cpu_seconds)
        answer = readers[request[:1]](request[1:])
        answers.write(HEAD.pack(len(answer)) + answer)
        answers.flush()


def run(readers: Readers, cpu_seconds: int = CPU_SECONDS) -> None:
    """The process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.freeze()
    serve(sys.stdin.buffer, sys.stdout.buffer, readers, cpu_seconds)
