"""The migrations make the tables that the code has, and nothing twice."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from app.database import fetch, migrate
from app.settings import Settings

ROOT = Path(__file__).parent.parent
LOOK_FOR_CHANGES = """
import asyncio, sys
from piccolo.apps.migrations.commands.new import new
from app.piccolo_app import APP_CONFIG
APP_CONFIG.migrations_folder_path = sys.argv[1]
asyncio.run(new("pressroom", auto=True, desc="what is missing"))
"""


def test_no_change_of_a_table_waits_for_its_migration(tmp_path: Path) -> None:
    """In a copy, because what is missing would be written beside the others."""
    copied = shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    environment = os.environ | {"PICCOLO_CONF": "app.piccolo_conf"}
    asked = [sys.executable, "-c", LOOK_FOR_CHANGES, str(copied)]
    done = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert "No changes detected" in done.stdout


async def test_migrating_again_changes_nothing(settings: Settings, database: None) -> None:
    before = await columns()
    assert "No migrations need to be run" in await migrate(settings)
    assert await columns() == before


async def columns() -> list[str]:
    rows = await fetch(
        """select table_name || '.' || column_name || ' ' || data_type as line from information_schema.columns
        where table_schema = 'public' order by 1"""
    )
    return [row["line"] for row in rows]
