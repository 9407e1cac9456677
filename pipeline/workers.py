"""Worker processes whose errors reach the user and who never outlive the program that started them."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

# glibc gives freed megabytes back to the system, which hands them out again page by page: every picture-sized array
# then costs a millisecond of page faults. Workers keep up to so many bytes, for arrays of up to 32 MB.
KEEP_FREED_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(1 << 30), "MALLOC_MMAP_THRESHOLD_": str(32 << 20)}


def start_workers(start: Callable[..., None], *args: object) -> ProcessPoolExecutor:
    """A pool of up to one process per core; each calls `start(*args)` first. What may fail belongs in a job.

    Not multiprocessing.Pool, which waits for ever when the system kills a worker or when `start` fails.
    """
    for name, value in KEEP_FREED_MEMORY.items():  # a worker inherits them before it allocates anything
        os.environ.setdefault(name, value)
    context = multiprocessing.get_context("forkserver")  # imports once, for all workers, and has no threads to fork
    context.set_forkserver_preload([name for name in sys.modules if name.split(".")[0] in ("pipeline", "sensors")])
    return ProcessPoolExecutor(os.cpu_count(), context, _start, (start, args))


def _start(start: Callable[..., None], args: tuple) -> None:
    # Ctrl-C reaches all; only the program has something to say about it. What runs in a shell's background ignores it.
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    start(*args)


def _leave_with_parent() -> None:
    """Workers of a killed program would wait for jobs for ever, and write into what the next run makes."""
    multiprocessing.parent_process().join()
    os._exit(1)
