"""A plugin with the scripted model and the hashing embedder: AMMO_PLUGIN_MODULES=ammo_agents.testing.plugin.

``scripted/shots`` answers like a very obedient model: with the last example of its prompt. ``scripted/hash``
places texts by their words. Both start at once, so that a whole loop can be tried (and killed) often.
"""

from __future__ import annotations

from collections.abc import Sequence

from ammo_agents.errors import MissingPartError
from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Embedder, Model, ModelProvider, PullProgress
from ammo_agents.records import ModelCard, Prompt, Sampling
from ammo_agents.testing.scripted import HashEmbedder, ScriptedModel

SHOTS = ModelCard(id="scripted/shots", title="The last example of the prompt", capability="tiny")
HASH = ModelCard(id="scripted/hash", title="Hash of words", kind="embedder", dim=64)
WIDE = ModelCard(id="scripted/wide", title="Hash of words, wider", kind="embedder", dim=96)


def last_example(prompt: Prompt, _sampling: Sampling) -> str:
    """Return the last answer that the prompt shows, or what was asked if it shows none."""
    shown = [m.text for m in prompt.messages if m.role == "assistant"]
    return shown[-1] if shown else prompt.messages[-1].text


class ScriptedModels:
    """The provider ``scripted``."""

    name = "scripted"

    def cards(self) -> Sequence[ModelCard]:
        """Return the cards."""
        return (SHOTS, HASH, WIDE)

    def missing(self, card: ModelCard) -> Sequence[str]:  # noqa: ARG002 - the port's signature
        """Return nothing: there are no files."""
        return ()

    def pull(self, card: ModelCard, progress: PullProgress) -> None:
        """Do nothing: there are no files."""

    async def open_model(self, model_id: str) -> Model:
        """Return the scripted model."""
        if model_id != SHOTS.id:
            raise MissingPartError(f"no scripted model {model_id!r}", hint=f"There is {SHOTS.id}.")
        return ScriptedModel(last_example, card=SHOTS)

    async def open_embedder(self, model_id: str) -> Embedder:
        """Return the hashing embedder."""
        dims = {card.id: card.dim for card in (HASH, WIDE)}
        if model_id not in dims:
            raise MissingPartError(
                f"no scripted embedder {model_id!r}", hint=f"There is {HASH.id}."
            )
        return HashEmbedder(dims[model_id])


@hookimpl
def ammo_models() -> list[ModelProvider]:
    """Offer the scripted provider."""
    return [ScriptedModels()]
