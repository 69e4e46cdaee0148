"""What a plugin may offer: one hook per kind of thing, api 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pluggy

from ammo_agents.plugins.found import GROUP
from ammo_agents.ports import (
    BuddyGraph,
    ChannelProvider,
    Evidence,
    Factoriser,
    GymProvider,
    ModelProvider,
    StoreProvider,
    Subspace,
)
from ammo_agents.records import GoalBuddy
from ammo_agents.settings import Settings

if TYPE_CHECKING:  # their weight is for who runs a verb or serves pages
    from fastapi import APIRouter
    from typer import Typer

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


class Hooks(Protocol):
    """Everything a plugin may offer. Each hook returns a list and does no work of its own."""

    @hookspec
    def ammo_subspaces(self) -> list[Subspace]:
        """Offer subspaces."""
        raise NotImplementedError

    @hookspec
    def ammo_buddies(self) -> list[GoalBuddy]:
        """Offer Goal Buddies for any installed subspace."""
        raise NotImplementedError

    @hookspec
    def ammo_graphs(self, settings: Settings) -> list[BuddyGraph]:
        """Offer graphs that work for a Goal Buddy in place of the default one."""
        raise NotImplementedError

    @hookspec
    def ammo_models(self, settings: Settings) -> list[ModelProvider]:
        """Offer providers of language models and embedders."""
        raise NotImplementedError

    @hookspec
    def ammo_stores(self, settings: Settings) -> list[StoreProvider]:
        """Offer vector stores."""
        raise NotImplementedError

    @hookspec
    def ammo_evidence(self, settings: Settings) -> list[Evidence]:
        """Offer entailment checkers beyond the rule gate."""
        raise NotImplementedError

    @hookspec
    def ammo_factors(self, settings: Settings) -> list[Factoriser]:
        """Offer factorisations of who liked what."""
        raise NotImplementedError

    @hookspec
    def ammo_channels(self, settings: Settings) -> list[ChannelProvider]:
        """Offer channels that notices can also go to."""
        raise NotImplementedError

    @hookspec
    def ammo_gyms(self, settings: Settings) -> list[GymProvider]:
        """Offer worlds to train policies in."""
        raise NotImplementedError

    @hookspec
    def ammo_commands(self) -> list[Typer]:
        """Offer verbs of the terminal, named in the manifest."""
        raise NotImplementedError

    @hookspec
    def ammo_routes(self, settings: Settings) -> list[APIRouter]:
        """Offer addresses of the web app, below /x/ and the plugin's name."""
        raise NotImplementedError
