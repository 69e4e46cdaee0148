"""Asks a llama.cpp child and transformers for the same next token, and says how far their log-probs are apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import numpy as np
import torch
from ammo_local.child import Child

TOP = 10


async def by_llama(
    child: Child,
    text: str,
    lora: Sequence[Mapping[str, Any]] | None,
    *,
    remember: bool = True,
) -> dict[int, float]:
    """Return token id → log-prob of the likeliest next tokens; `lora` None = the call names no adapter at all."""
    body: dict[str, Any] = {
        "prompt": text,
        "n_predict": 1,
        "n_probs": TOP,
        "cache_prompt": remember,
        "temperature": 0.0,
        # Only a whole letter comes back with its log-probs; those of the others are told beside it.
        "grammar": "root ::= [ -~]",
    }
    if lora is not None:
        body["lora"] = list(lora)
    headers = {"Authorization": f"Bearer {child.token}"}
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=50) as client:
        answer = await client.post(child.address + "/completion", json=body, headers=headers)
    (first,) = answer.json()["completion_probabilities"]
    return {int(one["id"]): float(one["logprob"]) for one in first["top_logprobs"]}


def by_torch(model: Any, tokenizer: Any, text: str) -> np.ndarray[Any, Any]:
    """Return the log-prob of every next token, shape (vocabulary,); `model` may wear an adapter."""
    ids = tokenizer(text, return_tensors="pt").input_ids
    with torch.no_grad():
        logits = model(ids).logits[0, -1].float()
    found: np.ndarray[Any, Any] = torch.log_softmax(logits, -1).numpy()
    return found


def apart(found: Mapping[int, float], wanted: np.ndarray[Any, Any]) -> float:
    """Return the mean |Δ log p| over the tokens that llama.cpp named."""
    return float(np.mean([abs(p - wanted[id]) for id, p in found.items()]))
