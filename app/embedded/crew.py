"""The Procfile's processes, started and stopped together.

The Procfile is honcho's, and ``honcho start`` runs it too. Its process manager is not used here: it signals whole
process groups, and a worker of Dramatiq that is asked twice, by us and by its own master, drops its work at once.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from honcho.environ import parse_procfile

from app.embedded.children import Child, end_of, kill_what_is_left, raise_if_ended, start_child, stop_children
from app.embedded.restarts import Restarts

STOP_WITHIN = 10.0  # seconds


@dataclass(slots=True)
class Post:
    """A process that has to run all the time, whoever fills it. ``vacant_until`` is set once it has ended."""

    command: str
    child: Child
    restarts: Restarts
    vacant_until: float | None = None


class Crew:
    """The processes of one Pressroom; ``folder`` is where their commands are run."""

    def __init__(self, home: Path, folder: Path, environment: Mapping[str, str], pauses: Sequence[float]) -> None:
        self._home = home
        self._folder = folder
        self._environment = environment
        self._pauses = pauses
        self._children: list[Child] = []
        self._posts: list[Post] = []

    def start(self, commands: Mapping[str, str]) -> None:
        for name, command in commands.items():
            child = self._start(name, command)
            self._posts.append(Post(command, child, Restarts(time.monotonic(), self._pauses)))

    def run(self, name: str, command: str, output: int | None = None) -> str:
        """Runs it to its end. With ``output=PIPE`` returns what it printed, else that is in its log.

        Raises ``EndedUnexpectedly`` where it failed.
        """
        child = self._start(name, command, output)
        printed, _ = child.process.communicate()
        if child.process.returncode != 0:
            raise_if_ended(child)
        self._children.remove(child)
        return (printed or b"").decode(errors="replace")

    def raise_if_any_ended(self) -> None:
        for child in self._children:
            raise_if_ended(child)

    def start_again_what_ended(self) -> Iterator[str]:
        """To be called again and again; gives a sentence about each process that has ended since.

        Raises ``EndedUnexpectedly`` for one that ends too often.
        """
        for post in self._posts:
            if post.child.has_ended and post.vacant_until is None:
                yield self._expect_again(post)
            elif post.vacant_until is not None and time.monotonic() >= post.vacant_until:
                self._fill(post)

    def stop(self) -> None:
        """What was started last ends last: the others may need it to finish their work."""
        last = [post.child for post in self._posts[-1:]]
        stop_children([child for child in self._children if child not in last], STOP_WITHIN)
        stop_children(last, STOP_WITHIN)

    def _expect_again(self, post: Post) -> str:
        child, now = post.child, time.monotonic()
        pause = post.restarts.pause_after(now)
        if pause is None:
            raise end_of(child)
        post.vacant_until = now + pause
        seconds = "1 second" if pause == 1 else f"{pause:g} seconds"
        return f"{child.name} ended {child.how_it_ended} and starts again in {seconds}; see {child.log}."

    def _fill(self, post: Post) -> None:
        kill_what_is_left(post.child)
        self._children.remove(post.child)
        post.child = self._start(post.child.name, post.command, goes_on=True)
        post.vacant_until = None
        post.restarts.begins_again(time.monotonic())

    def _start(self, name: str, command: str, output: int | None = None, *, goes_on: bool = False) -> Child:
        """The shell gives way to the command, so that our signals reach the command itself."""
        child = start_child(
            name,
            ["/bin/sh", "-c", f"exec {command}"],
            home=self._home,
            folder=self._folder,
            environment=self._environment,
            output=output,
            goes_on=goes_on,
        )
        self._children.append(child)
        return child


def read_procfile(procfile: Path) -> dict[str, str]:
    """Commands by name, in the file's order."""
    return dict(parse_procfile(procfile.read_text()).processes)


@contextmanager
def crew_aboard(home: Path, folder: Path, environment: Mapping[str, str], pauses: Sequence[float]) -> Iterator[Crew]:
    """Whatever the crew is running when the block is left has ended afterwards."""
    crew = Crew(home, folder, environment, pauses)
    try:
        yield crew
    finally:
        crew.stop()
