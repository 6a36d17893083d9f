"""Where Piccolo's own commands find us: ``PICCOLO_CONF=app.piccolo_conf piccolo migrations …``."""

from piccolo.conf.apps import AppRegistry

from app.database import DB, configure
from app.settings import Settings

if not DB.config:
    configure(Settings.from_environment())

APP_REGISTRY = AppRegistry(apps=["app.piccolo_app"])
