"""Whether a model can write with an adapter, before it is asked to."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ammo_agents.adapters.manifest import AdapterManifest
from ammo_agents.errors import AdapterError
from ammo_agents.records import Mix, ModelCard

MOST = 2.0
"""Largest scale of an adapter in a mixture."""


def misfit(manifest: AdapterManifest, card: ModelCard) -> str:
    """Return why a model cannot write with an adapter, naming both sides; empty = it can.

    A model without files (a server of one's own) is known by the server that loaded the adapter beside it.
    """
    if not card.adapters:
        return f"the model {card.id} takes no adapters"
    if card.files and manifest.base_sha256 not in {file.sha256 for file in card.files}:
        here = ", ".join(file.sha256[:12] for file in card.files)
        return (
            f"adapter {manifest.id} changes the base {manifest.base or '?'} (sha256 "
            f"{manifest.base_sha256[:12]}…), the model {card.id} is {here}…"
        )
    return ""


def tenths(adapters: Sequence[Mix]) -> tuple[Mix, ...]:
    """Return a mixture as it is served: scales in tenths, sorted by id, without what has no weight.

    Equal mixtures can then share a batch.

    Raises:
        AdapterError: an adapter twice, or a scale outside [0, 2].
    """
    ids = [mix.id for mix in adapters]
    if len(set(ids)) != len(ids):
        raise AdapterError(f"an adapter stands twice in {ids}", hint="Add its scales up.")
    for mix in adapters:
        if not math.isfinite(mix.scale) or not 0 <= mix.scale <= MOST:
            raise AdapterError(
                f"adapter {mix.id} is asked for at scale {mix.scale}", hint="Give 0 to 2."
            )
    rounded = [Mix(id=mix.id, scale=round(mix.scale, 1)) for mix in adapters]
    return tuple(sorted((m for m in rounded if m.scale > 0), key=lambda m: m.id))


def refuse_any(card: ModelCard, adapters: Sequence[Mix]) -> None:
    """Refuse a call with adapters to a model that takes none; for the code of such models.

    Raises:
        AdapterError: the call names an adapter.
    """
    if adapters:
        raise AdapterError(
            f"{card.id} takes no adapters, and was asked to write with {', '.join(m.id for m in adapters)}",
            hint="Use a local model, or a vLLM server that has loaded it: docs/training.md",
        )
