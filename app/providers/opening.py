"""Which providers there are: those with a key, and the demo provider in the place of the others."""

from collections.abc import Mapping

from app.providers.anthropic import Anthropic
from app.providers.contract import TextProvider
from app.providers.openai import OpenAI
from app.settings import Settings

DEMO_KEY = "demo"


def open_providers(settings: Settings) -> Mapping[str, TextProvider]:
    """By name. One that has neither a key nor a demo provider is missing. Close each of them on the same event loop."""
    demo = settings.demo_provider_url.rstrip("/")
    opened: dict[str, TextProvider] = {}
    if settings.openai_api_key:
        opened["openai"] = OpenAI(settings.openai_api_key, settings.openai_base_url or None)
    elif demo:
        opened["openai"] = OpenAI(DEMO_KEY, f"{demo}/openai/v1")
    if settings.anthropic_api_key:
        opened["anthropic"] = Anthropic(settings.anthropic_api_key, settings.anthropic_base_url or None)
    elif demo:
        opened["anthropic"] = Anthropic(DEMO_KEY, f"{demo}/anthropic")
    return opened
