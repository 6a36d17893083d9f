"""What the README tells people to type and to set."""

import re
import subprocess
from dataclasses import fields

import click
import pytest

from app.cli import main
from app.settings import Settings
from tests.docs.reading import README, ROOT, documents

_MAKE = re.compile(r"^(?:[A-Z_]+=\S+ )*make (\w+)", re.MULTILINE)
_PRESSROOM = re.compile(r"\bpressroom ([a-z][a-z-]*(?: [a-z][a-z-]*)*)")
TARGETS = sorted(
    {target for document in documents() for block in document.blocks("sh") for target in _MAKE.findall(block)}
)


def typed_commands() -> list[str]:
    """What follows ``pressroom`` in code blocks and between backticks, as far as it is made of words."""
    found = {
        command
        for document in documents()
        for code in (*document.blocks("sh"), *document.code)
        for command in _PRESSROOM.findall(code)
    }
    return sorted(found)


def test_every_setting_is_in_the_table_with_its_default_and_no_other() -> None:
    expected = [
        [f"`{field.metadata['variable']}`", _shown(field.default), field.metadata["about"]]
        for field in fields(Settings)
    ]
    assert README.rows("variable") == expected


def test_variables_that_are_named_exist() -> None:
    ours = re.compile(r"PRESSROOM_[A-Z_]+|[A-Z_]+_(?:URL|KEY)")
    named = {code.split("=")[0] for document in documents() for code in document.code}
    assert {name for name in named if ours.fullmatch(name)} <= {
        field.metadata["variable"] for field in fields(Settings)
    }


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_said_to_make_can_be_made(target: str) -> None:
    """Nothing is done, and an unknown target is an error."""
    done = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", typed_commands())
def test_what_is_said_to_be_a_command_is_one(command: str) -> None:
    _find(command.split())


def test_every_command_is_in_the_table() -> None:
    listed = [row[0].strip("`").removeprefix("pressroom ") for row in README.rows("command")]
    assert sorted(listed) == sorted(_all_commands(main))


def _shown(default: object) -> str:
    return f"`{default}`" if str(default) else "not set"


def _find(words: list[str]) -> None:
    """Walks down the groups; a command's own arguments may follow."""
    command: click.Command = main
    for word in words:
        if not isinstance(command, click.Group):
            return
        assert word in command.commands, f"pressroom has no command {word}"
        command = command.commands[word]
    assert not isinstance(command, click.Group), f"{' '.join(words)} is only the beginning of a command"


def _all_commands(group: click.Group, before: str = "") -> list[str]:
    names: list[str] = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            names += _all_commands(command, f"{before}{name} ")
        else:
            names.append(before + name)
    return names
