"""OpenAI's errors and list of models, the same for both of its text endpoints."""

import msgspec

from app.demo.provider.models import MODELS, Provider
from app.demo.provider.protocol import Problem

_ERRORS: dict[Problem, tuple[int, str, str | None, str]] = {
    Problem.BAD_REQUEST: (400, "invalid_request_error", "invalid_value", "{about}"),
    Problem.NO_KEY: (401, "invalid_request_error", None, "You didn't provide an API key."),
    Problem.BAD_KEY: (401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: invalid."),
    Problem.NO_CREDIT: (429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota."),
    Problem.UNKNOWN_MODEL: (
        404,
        "invalid_request_error",
        "model_not_found",
        "The model `{about}` does not exist or you do not have access to it.",
    ),
    Problem.TOO_LONG: (
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "Your input exceeds the context window of this model.",
    ),
    Problem.RATE_LIMITED: (429, "requests", "rate_limit_exceeded", "Rate limit reached for {about}."),
    Problem.SERVER_ERROR: (500, "server_error", None, "The server had an error while processing your request."),
    Problem.UNAVAILABLE: (503, "server_error", None, "Service unavailable."),
    Problem.OVERLOADED: (503, "server_error", "server_overloaded", "The engine is currently overloaded."),
}


def openai_problem(problem: Problem, about: str) -> tuple[int, bytes]:
    status, kind, code, message = _ERRORS[problem]
    error = {"message": message.format(about=about), "type": kind, "param": None, "code": code}
    return status, msgspec.json.encode({"error": error})


def openai_models() -> bytes:
    listed = [
        {"id": model.id, "object": "model", "created": model.created, "owned_by": "openai"}
        for model in MODELS
        if model.provider is Provider.OPENAI
    ]
    return msgspec.json.encode({"object": "list", "data": listed})
