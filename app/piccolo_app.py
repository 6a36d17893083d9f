"""Every table of Pressroom, for Piccolo's migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

FEATURES = ("accounts", "projects", "spending", "runs")

APP_CONFIG = AppConfig(
    app_name="pressroom",
    migrations_folder_path=str(Path(__file__).parent.parent / "migrations"),
    table_classes=table_finder([f"app.{feature}.tables" for feature in FEATURES], exclude_imported=True),
)
