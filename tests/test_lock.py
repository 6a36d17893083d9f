"""requirements.lock holds what pyproject.toml names, and nothing that ties it to one machine."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKED = set(re.findall(r"^([a-z0-9-]+==[^ ;]+)", LOCK, re.MULTILINE))


def test_every_pin_of_the_project_is_locked_at_its_version() -> None:
    project = PROJECT["project"]
    wanted = [*PROJECT["build-system"]["requires"], *project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        wanted += extra
    missing = {re.split(r"[ ;]", _without_extras(pin))[0] for pin in wanted} - LOCKED
    assert not missing, f"`make lock` has not been run since these came: {missing}"


def test_every_file_is_held_to_its_hash_and_comes_from_wherever_pip_looks() -> None:
    entries = re.split(r"\n(?=[a-z0-9])", LOCK)
    assert [entry for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []
    assert "://" not in LOCK
    assert "--index" not in LOCK


def _without_extras(pin: str) -> str:
    return re.sub(r"\[[^]]*]", "", pin)
