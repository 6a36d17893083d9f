"""`make run`: everything that Pressroom needs on one machine, started in order and ended together.

Until it is ready, whatever ends ends everything: an installation that does not work should say so. Later only the
servers do, because what is stored depends on them; a process that is killed for want of memory is started again.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from types import FrameType
from urllib.parse import urlsplit

from app.embedded.children import raise_if_ended
from app.embedded.crew import Crew, crew_aboard, read_procfile
from app.embedded.home import claimed_home, lasting_secret, share_environment
from app.embedded.leftovers import end_leftovers
from app.embedded.ports import check_port, free_port
from app.embedded.readiness import why_not_ready
from app.embedded.restarts import PAUSES
from app.embedded.servers import Servers, running_servers
from app.embedded.trouble import CannotStart
from app.settings import DEVELOPMENT_SECRET, Settings

PROCFILE = Path(__file__).parents[2] / "Procfile"
SEED = "pressroom seed"
DEMO_PROVIDER = "pressroom demo-provider --port {port}"
READY_WITHIN = 60.0  # seconds
LOOK = 0.1  # seconds between two looks at everything that runs


def up(
    settings: Settings,
    *,
    procfile: Path = PROCFILE,
    seed: str = SEED,
    demo: str = DEMO_PROVIDER,
    pauses: Sequence[float] = PAUSES,
) -> int:
    """Runs until a signal asks it to stop; returns the exit status.

    ``seed`` is a command whose last printed line is the sign-in link; ``demo`` serves the demo provider at ``{port}``;
    ``pauses`` are the seconds before a process that ended is started again, once, twice and so on.
    """
    try:
        with _stopped_by_signals():
            _run(settings, procfile.absolute(), seed, demo, pauses)
    except CannotStart as trouble:
        print(trouble, file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        _say("Pressroom has stopped.")
    return 0


def _run(settings: Settings, procfile: Path, seed: str, demo: str, pauses: Sequence[float]) -> None:
    home = settings.home.absolute()
    with claimed_home(home, settings.origin):
        end_leftovers(home)
        check_port(settings.host, settings.port)
        _say(f"Pressroom is starting. Its data is in {home}, its logs are in {home / 'log'}.")
        with running_servers(home) as servers:
            given = _environment(settings, home, servers)
            share_environment(home, given)
            with crew_aboard(home, procfile.parent, {**os.environ, **_for_programs(), **given}, pauses) as crew:
                link = _start(crew, {**read_procfile(procfile), **_demo_command(given, demo)}, seed)
                _wait_until_ready(settings, crew, servers)
                _say(f"Pressroom is ready: {link}")
                _watch(crew, servers)


def _environment(settings: Settings, home: Path, servers: Servers) -> dict[str, str]:
    """What the processes, and commands that are run beside them, need to know."""
    given = {
        "PRESSROOM_HOME": str(home),
        "HOST": settings.host,
        "PORT": str(settings.port),
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
    }
    if settings.secret_key == DEVELOPMENT_SECRET:
        given["SECRET_KEY"] = lasting_secret(home)
    all_real = settings.openai_api_key and settings.anthropic_api_key
    if not (settings.demo_provider_url or all_real):
        given["DEMO_PROVIDER_URL"] = f"http://127.0.0.1:{free_port()}"
    return given


def _for_programs() -> dict[str, str]:
    own_programs = Path(sys.executable).parent
    return {"PATH": f"{own_programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}", "PYTHONUNBUFFERED": "1"}


def _demo_command(given: dict[str, str], demo: str) -> dict[str, str]:
    url = given.get("DEMO_PROVIDER_URL")
    return {"demo": demo.format(port=urlsplit(url).port)} if url else {}


def _start(crew: Crew, commands: dict[str, str], seed: str) -> str:
    """The sign-in link. The seed needs the migrated database alone, so it runs while the others are starting."""
    release = commands.pop("release")
    crew.run("release", release)
    crew.start(commands)
    _say(f"Started {', '.join(commands)}.")
    printed = crew.run("seed", seed, output=PIPE).split()
    if not printed:
        raise CannotStart(f"`{seed}` printed no sign-in link.")
    return printed[-1]


def _wait_until_ready(settings: Settings, crew: Crew, servers: Servers) -> None:
    latest = time.monotonic() + READY_WITHIN
    while True:
        reason = why_not_ready(settings.host, settings.port)
        _check(servers)
        crew.raise_if_any_ended()
        if not reason:
            return
        if time.monotonic() > latest:
            raise CannotStart(f"Pressroom was not ready within {READY_WITHIN:.0f} seconds: {reason}.")
        time.sleep(LOOK)


def _watch(crew: Crew, servers: Servers) -> None:
    while True:
        _check(servers)
        for sentence in crew.start_again_what_ended():
            _say(sentence)
        time.sleep(LOOK)


def _check(servers: Servers) -> None:
    for server in servers.children:
        raise_if_ended(server)


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """The first signal interrupts the block, later ones do not disturb the ending. ``nohup`` keeps its meaning."""
    signals = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signals.append(signal.SIGHUP)

    def stop(number: int, frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, _too_late)
        raise KeyboardInterrupt

    before = {each: signal.signal(each, stop) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _too_late(number: int, frame: FrameType | None) -> None:
    """Not SIG_IGN: of a signal that came at the same moment as the first, Python would complain on the terminal."""


def _say(sentence: str) -> None:
    print(sentence, flush=True)
