"""The catalogue is data: what stands in it has to be usable, and demo faults in a name do not hide the model."""

import pytest
from genai_prices import Usage, calc_price

from app.providers.catalog import UnknownModel, model, models


def test_models_have_a_known_provider_and_sensible_limits() -> None:
    assert {known.provider for known in models()} == {"openai", "anthropic"}
    assert len({known.id for known in models()}) == len(models())
    assert all(known.context_window > known.max_output_tokens > 1_000 for known in models())


@pytest.mark.parametrize("known", models(), ids=lambda known: known.id)
def test_price_table_knows_every_model(known: object) -> None:
    model_id = getattr(known, "id", "")
    assert calc_price(Usage(input_tokens=1_000, output_tokens=1_000), model_ref=model_id).total_price > 0


def test_fault_behind_the_name() -> None:
    assert model("gpt-6-luna+429:7") is model("gpt-6-luna")


@pytest.mark.parametrize("model_id", ["gpt-2", "", "+429", "gpt-2+500"])
def test_unknown_model(model_id: str) -> None:
    with pytest.raises(UnknownModel):
        model(model_id)
