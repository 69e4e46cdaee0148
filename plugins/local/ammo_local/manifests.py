"""Reads the manifests of local models: which files, how large, which hash, from where."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

from ammo_agents.errors import BadInputError
from ammo_agents.records import ModelCard, ModelFile

PREFIX = "local/"


def shipped() -> tuple[ModelCard, ...]:
    """Return the cards that come with this plugin, by id."""
    folder = resources.files("ammo_local").joinpath("models")
    texts = {f.name: f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith(".toml")}
    return tuple(read(name, texts[name]) for name in sorted(texts))


def added(folder: Path) -> tuple[ModelCard, ...]:
    """Return the cards a person wrote: every ``*.toml`` straight in the models folder.

    Raises:
        BadInputError: a manifest that cannot be read; it names the file.
    """
    if not folder.is_dir():
        return ()
    return tuple(read(str(p), p.read_text(encoding="utf-8")) for p in sorted(folder.glob("*.toml")))


def read(origin: str, text: str) -> ModelCard:
    """Return the card that a manifest describes.

    Raises:
        BadInputError: no TOML, an unknown or missing field, or a name that would leave the folder.
    """
    try:
        table = tomllib.loads(text)
        files = tuple(ModelFile(**_known(ModelFile, row)) for row in table.pop("files", []))
        card = ModelCard(**_known(ModelCard, table), files=files)
    except (tomllib.TOMLDecodeError, TypeError, KeyError) as error:
        raise BadInputError(
            f"{origin} is no model manifest: {error}",
            hint="Compare it with the manifests of ammo_local/models.",
        ) from error
    for name in (card.id, *(file.name for file in card.files)):
        if not name or name != Path(name).name or name.startswith("."):
            raise BadInputError(f"{origin}: {name!r} is no plain name", hint="Use one word.")
    return replace(card, id=PREFIX + card.id, adapters=card.kind == "model")


def _known(kind: type[Any], table: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    for key in table:
        if key not in names:
            raise KeyError(f"unknown field {key!r}")
    return dict(table)
