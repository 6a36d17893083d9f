"""A process that ends when the process that started it ends, however that one ended.

``python -m app.end_with_parent COMMAND …`` becomes COMMAND, tied to whoever started it.
"""

import ctypes
import multiprocessing
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def end_with_parent(ending: signal.Signals = signal.SIGTERM, parent: int | None = None) -> None:
    """From now on this process gets ``ending`` as soon as its parent is gone; exits at once where it is gone already.

    ``parent`` is the expected parent's process id; processes of ``multiprocessing`` know theirs. Linux alone can do
    this, elsewhere nothing happens. Linux watches the *thread* that started us, so that has to live as long as we do.
    The wish survives an exec, but no change of user: call this last.
    """
    if _libc is None:
        return
    if _libc.prctl(PR_SET_PDEATHSIG, int(ending), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    if not _parent_lives(parent):
        sys.exit(0)


def _parent_lives(parent: int | None) -> bool:
    if parent is not None:
        return os.getppid() == parent
    starter = multiprocessing.parent_process()
    return starter is None or starter.is_alive()


if __name__ == "__main__":
    end_with_parent(parent=os.getppid())
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - becoming the given command is the point
