from tests.demo_provider import demo_provider, demo_provider_process

__all__ = ["demo_provider", "demo_provider_process"]
