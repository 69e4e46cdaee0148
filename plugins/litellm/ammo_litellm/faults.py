"""What a fault of litellm means to AMMO. Only its kind and status pass: its words may repeat a prompt or a key."""

from __future__ import annotations

import openai

from ammo_agents.errors import (
    AdapterError,
    ModelAnswerError,
    ModelCrashedError,
    ModelError,
    ModelTimeoutError,
)

RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""HTTP states that may pass by themselves."""
REFUSED = frozenset({400, 413, 422})
"""HTTP states that speak of the request, not of the provider."""
UNKNOWN = 404
HINTS = {
    401: "Check the provider's key in the environment.",
    402: "The provider wants to be paid: check the account.",
    403: "The key may not use this model: check it with the provider.",
    404: "Check the model's name and the address of the server.",
    429: "The provider's rate limit is reached: wait, or lower model_slots.",
}


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status behind an error, if there is one."""
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def is_passing(error: BaseException) -> bool:
    """Return whether the same call may work in a moment."""
    if isinstance(error, openai.APITimeoutError):
        return False
    return isinstance(error, openai.APIConnectionError) or status_of(error) in RETRIED


def model_error(error: BaseException, model: str, adapter: str = "") -> ModelError:
    """Return the `ModelError` for what litellm or its HTTP library raised; `adapter` was asked for, if any."""
    cause = getattr(error, "original_exception", None) or error
    kind, status = type(cause).__name__, status_of(cause)
    if isinstance(cause, openai.APITimeoutError | TimeoutError):
        return ModelTimeoutError(
            f"{model} gave nothing in time",
            hint="Raise model_deadline_s, or choose a faster model.",
        )
    words = f"{kind}, HTTP {status}" if status else kind
    if adapter and status == UNKNOWN:
        return AdapterError(
            f"the server of {model} has not loaded adapter {adapter} (HTTP {status})",
            hint=f"Load it there: vllm serve … --enable-lora --lora-modules {adapter}=FOLDER",
        )
    if status in REFUSED:
        return ModelAnswerError(
            f"{model} refused the request ({words})",
            hint="The prompt may be too long for it, or a setting unknown to it.",
        )
    return ModelCrashedError(
        f"{model} is not to be had ({words})",
        hint=HINTS.get(status or 0, "Is the server running, and its address right?"),
    )
