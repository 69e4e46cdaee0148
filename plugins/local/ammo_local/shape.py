"""Checks an answer against the JSON schema it was asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def breach(text: str, schema: Mapping[str, Any]) -> str:
    """Return the first place where `text` breaks `schema`; empty = it fits.

    Knows what drafts use: type, enum, const, properties, required, additionalProperties, items,
    lengths, anyOf, oneOf and local ``$ref``. The grammar holds a model to the rest.
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        return f"no JSON ({error})"
    return _breach(value, schema, schema, "answer")


def _breach(value: object, schema: Mapping[str, Any], root: Mapping[str, Any], at: str) -> str:
    if "$ref" in schema:
        return _breach(value, _resolve(str(schema["$ref"]), root), root, at)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            found = [_breach(value, option, root, at) for option in schema[several]]
            return "" if "" in found else found[0]
    if "const" in schema and value != schema["const"]:
        return f"{at} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{at} is none of {schema['enum']!r}"
    return (
        _breach_of_type(value, schema, at)
        or _breach_of_length(value, schema, at)
        or _breach_inside(value, schema, root, at)
    )


def _breach_of_type(value: object, schema: Mapping[str, Any], at: str) -> str:
    wanted = schema.get("type")
    if wanted is None:
        return ""
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    for name in names:
        fits = isinstance(value, TYPES.get(name, (object,)))
        if fits and (name == "boolean" or not isinstance(value, bool)):
            return ""
    return f"{at} is no {' or '.join(names)}"


def _breach_of_length(value: object, schema: Mapping[str, Any], at: str) -> str:
    if not isinstance(value, str | list):
        return ""
    least, most = ("minLength", "maxLength") if isinstance(value, str) else ("minItems", "maxItems")
    if len(value) < schema.get(least, 0):
        return f"{at} is shorter than {schema[least]}"
    if len(value) > schema.get(most, len(value)):
        return f"{at} is longer than {schema[most]}"
    return ""


def _breach_inside(
    value: object, schema: Mapping[str, Any], root: Mapping[str, Any], at: str
) -> str:
    if isinstance(value, list):
        items = schema.get("items", {})
        found = (_breach(v, items, root, f"{at}[{i}]") for i, v in enumerate(value))
        return next((f for f in found if f), "")
    if not isinstance(value, dict):
        return ""
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            return f"{at} has no {name!r}"
    if schema.get("additionalProperties") is False:
        for name in value:
            if name not in known:
                return f"{at} has an unknown {name!r}"
    inside = (_breach(value[n], known[n], root, f"{at}.{n}") for n in known if n in value)
    return next((f for f in inside if f), "")


def _resolve(ref: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    place: Any = root
    for name in ref.removeprefix("#/").split("/"):
        place = place[name]
    found: Mapping[str, Any] = place
    return found
