"""A plugin with the scripted model and the hashing embedder: AMMO_PLUGIN_MODULES=ammo_agents.testing.plugin.

``scripted/shots`` answers like a very obedient model: with the last example of its prompt. ``scripted/<mode>``
(``scripted/gullible``, ``scripted/gullible-large`` …) goes wrong as `Mode` says. ``scripted/hash`` places texts
by their words. All start at once, so that a whole loop can be tried (and killed) often.
"""

from __future__ import annotations

from collections.abc import Sequence

from ammo_agents.errors import MissingPartError
from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Embedder, Model, ModelProvider, PullProgress
from ammo_agents.records import Capability, ModelCard, Prompt, Sampling
from ammo_agents.testing.modes import Mode, card_of, scripted
from ammo_agents.testing.scripted import HashEmbedder, ScriptedModel

SHOTS = ModelCard(id="scripted/shots", title="The last example of the prompt", capability="tiny")
ADAPTED = ModelCard(
    id="scripted/adapted",
    title="The last example of the prompt; with any adapter the first one",
    capability="tiny",
    adapters=True,
)
WILD = ModelCard(
    id="scripted/wild",
    title="The last example of the prompt; with any adapter a claim no source carries",
    capability="tiny",
    adapters=True,
)
HASH = ModelCard(id="scripted/hash", title="Hash of words", kind="embedder", dim=64)
WIDE = ModelCard(id="scripted/wide", title="Hash of words, wider", kind="embedder", dim=96)
CAPABILITIES: tuple[Capability, ...] = ("tiny", "small", "large")
MODES = {card_of(mode, c).id: (mode, c) for mode in Mode for c in CAPABILITIES}


def last_example(prompt: Prompt, _sampling: Sampling) -> str:
    """Return the last answer that the prompt shows, or what was asked if it shows none."""
    shown = [m.text for m in prompt.messages if m.role == "assistant"]
    return shown[-1] if shown else prompt.messages[-1].text


def first_with_adapter(prompt: Prompt, sampling: Sampling) -> str:
    """Return the first answer that the prompt shows when an adapter writes, else the last."""
    shown = [m.text for m in prompt.messages if m.role == "assistant"]
    return shown[0] if shown and sampling.adapters else last_example(prompt, sampling)


def wild_with_adapter(prompt: Prompt, sampling: Sampling) -> str:
    """Return words nobody can vouch for when an adapter writes, else the last answer that the prompt shows."""
    return "Prices rise by 900% tomorrow." if sampling.adapters else last_example(prompt, sampling)


SCRIPTS = {
    SHOTS.id: (SHOTS, last_example),
    ADAPTED.id: (ADAPTED, first_with_adapter),
    WILD.id: (WILD, wild_with_adapter),
}


class ScriptedModels:
    """The provider ``scripted``."""

    name = "scripted"

    def cards(self) -> Sequence[ModelCard]:
        """Return the cards."""
        return (SHOTS, ADAPTED, WILD, HASH, WIDE, *(card_of(mode, c) for mode, c in MODES.values()))

    def missing(self, card: ModelCard) -> Sequence[str]:  # noqa: ARG002 - the port's signature
        """Return nothing: there are no files."""
        return ()

    def pull(self, card: ModelCard, progress: PullProgress) -> None:
        """Do nothing: there are no files."""

    async def open_model(self, model_id: str) -> Model:
        """Return the scripted model."""
        if model_id in MODES:
            return scripted(*MODES[model_id])
        if model_id not in SCRIPTS:
            known = ", ".join([*SCRIPTS, *(card_of(mode).id for mode in Mode)])
            raise MissingPartError(f"no scripted model {model_id!r}", hint=f"There are {known}.")
        card, script = SCRIPTS[model_id]
        return ScriptedModel(script, card=card)

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
