"""A provider of text that needs no key and no network: see ``app`` for what it answers, ``faults`` for how it fails."""

from app.demo.provider.app import create_demo_provider
from app.demo.provider.serving import serve

__all__ = ["create_demo_provider", "serve"]
