"""What `make` says on a machine that is not as it should be."""

import os
import shutil
import subprocess
from pathlib import Path

MAKEFILE = Path(__file__).parents[1] / "Makefile"
NEEDS_PYTHON = "Pressroom needs Python 3.11 or newer: install it, or name it, as in 'make run PYTHON=python3.12'.\n"


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As somebody types it, even where the tests were themselves started by make."""
    shutil.copy(MAKEFILE, folder)
    typed = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    return subprocess.run(["make", *arguments], cwd=folder, env=typed, capture_output=True, text=True)


def test_a_machine_without_a_new_enough_python(tmp_path: Path) -> None:
    done = make(tmp_path, "run", "PYTHON=false")
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.startswith(NEEDS_PYTHON)
    assert not (tmp_path / ".venv").exists()


def test_a_venv_whose_python_has_gone_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(tmp_path / "gone")
    done = make(tmp_path, "run", "PYTHON=false")
    assert done.stdout == "The folder .venv does not work any more: making it anew.\n"
    assert done.stderr.startswith(NEEDS_PYTHON)


def test_a_venv_that_lost_pressroom_s_own_program_is_made_anew(tmp_path: Path) -> None:
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(shutil.which("true") or "true")
    (tmp_path / ".venv" / "installed").touch()
    done = make(tmp_path, "run", "PYTHON=false")
    assert done.stdout == "The folder .venv does not work any more: making it anew.\n"
    assert "head" not in done.stderr
