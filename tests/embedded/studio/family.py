"""A master with a child process, as Dramatiq has them: each ends when the other was killed."""

import multiprocessing
import signal

from app.end_with_parent import end_with_parent


def work() -> None:
    end_with_parent()
    signal.pause()


if __name__ == "__main__":
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join()
    raise SystemExit(1)
