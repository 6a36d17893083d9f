"""The models that the demo provider pretends to have. Dates are seconds since 1970."""

from dataclasses import dataclass
from enum import StrEnum


class Provider(StrEnum):
    OPENAI = "openai"
    ANTHROPIC = "anthropic"


@dataclass(frozen=True, slots=True)
class DemoModel:
    id: str
    label: str
    provider: Provider
    created: int
    context_window: int = 1_000_000


MODELS = (
    DemoModel("gpt-6.1-terra", "GPT-6.1 Terra", Provider.OPENAI, 1_792_972_800),
    DemoModel("gpt-6-luna", "GPT-6 Luna", Provider.OPENAI, 1_790_035_200),
    DemoModel("claude-sonnet-5-5", "Claude Sonnet 5.5", Provider.ANTHROPIC, 1_789_430_400),
    DemoModel("claude-haiku-5-5", "Claude Haiku 5.5", Provider.ANTHROPIC, 1_791_331_200),
)


def find_model(model_id: str, provider: str) -> DemoModel | None:
    return next((model for model in MODELS if model.id == model_id and model.provider == provider), None)
