"""Checks an answer that was asked to satisfy a JSON schema; no provider's word is taken for it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # ships no types

from ammo_agents.errors import ModelAnswerError

FENCE = re.compile(r"\A\s*```(?:json)?\s*(.*?)\s*```\s*\Z", re.DOTALL)


def checked(text: str, schema: Mapping[str, object]) -> str:
    """Return the JSON text of an answer, without the code fence some models put around it.

    Raises:
        ModelAnswerError: it is no JSON, or breaks the schema.
    """
    fenced = FENCE.match(text)
    body = fenced.group(1) if fenced else text
    try:
        value = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ModelAnswerError(
            f"the answer is not JSON ({type(error).__name__})",
            hint="Try again, or a model that follows a schema.",
        ) from None
    fault = next(Draft202012Validator(dict(schema)).iter_errors(value), None)
    if fault is not None:
        raise ModelAnswerError(
            f"the answer breaks its schema at {fault.json_path} ({fault.validator})",
            hint="Try again, or a model that follows a schema.",
        )
    return body


def is_strict(schema: object) -> bool:
    """Return whether every object of a schema closes itself and requires all: what strict providers demand."""
    if isinstance(schema, list | tuple):
        return all(is_strict(part) for part in schema)
    if not isinstance(schema, Mapping):
        return True
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        required = schema.get("required")
        named = set(required) if isinstance(required, list | tuple) else set()
        if schema.get("additionalProperties") is not False or named != set(properties):
            return False
    return all(is_strict(part) for part in schema.values())


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
