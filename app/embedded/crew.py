"""The Procfile's processes, started and stopped together.

The Procfile is honcho's, and ``honcho start`` runs it too. Its process manager is not used here: it signals whole
process groups, and a worker of Dramatiq that is asked twice, by us and by its own master, drops its work at once.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from honcho.environ import parse_procfile

from app.embedded.children import Child, raise_if_ended, start_child, stop_children

STOP_WITHIN = 10.0  # seconds


class Crew:
    """The processes of one Pressroom; ``folder`` is where their commands are run."""

    def __init__(self, home: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self._home = home
        self._folder = folder
        self._environment = environment
        self._children: list[Child] = []

    def start(self, commands: Mapping[str, str]) -> None:
        for name, command in commands.items():
            self._start(name, command)

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

    def stop(self) -> None:
        stop_children(self._children, STOP_WITHIN)

    def _start(self, name: str, command: str, output: int | None = None) -> Child:
        """The shell gives way to the command, so that our signals reach the command itself."""
        child = start_child(
            name,
            ["/bin/sh", "-c", f"exec {command}"],
            home=self._home,
            folder=self._folder,
            environment=self._environment,
            output=output,
        )
        self._children.append(child)
        return child


def read_procfile(procfile: Path) -> dict[str, str]:
    """Commands by name, in the file's order."""
    return dict(parse_procfile(procfile.read_text()).processes)


@contextmanager
def crew_aboard(home: Path, folder: Path, environment: Mapping[str, str]) -> Iterator[Crew]:
    """Whatever the crew is running when the block is left has ended afterwards."""
    crew = Crew(home, folder, environment)
    try:
        yield crew
    finally:
        crew.stop()
