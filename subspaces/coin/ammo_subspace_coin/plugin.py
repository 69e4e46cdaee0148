"""What this plugin offers: the Coin subspace."""

from __future__ import annotations

from collections.abc import Sequence

from ammo_agents.hooks import hookimpl
from ammo_agents.ports import FeedOptions, Subspace, Triggers
from ammo_agents.records import GoalBuddy, Knowledge
from ammo_subspace_coin.coins import COIN
from ammo_subspace_coin.wordings import WORDINGS


def knowledge() -> Knowledge:
    """Return the graph; what reads files is imported when somebody asks."""
    from ammo_subspace_coin import graph  # noqa: PLC0415 - the plugin list must stay cheap

    return graph.knowledge()


def buddies(known: Knowledge) -> Sequence[GoalBuddy]:
    """Return the Goal Buddies that the graph gives."""
    from ammo_subspace_coin import graph  # noqa: PLC0415 - the plugin list must stay cheap

    return graph.buddies(known)


def triggers(options: FeedOptions) -> Triggers:
    """Return the replayed world; blocking for about a second."""
    from ammo_subspace_coin import replay  # noqa: PLC0415 - the plugin list must stay cheap

    return replay.CoinReplay(options)


coin = Subspace(
    id=COIN,
    title="Coin",
    summary="Crypto assets: their facts, their daily shifts, and how they hang together.",
    knowledge=knowledge,
    triggers=triggers,
    buddies=buddies,
    wordings=WORDINGS,
    attribution="Coin descriptions: Cosmos Chain Registry contributors, CC BY 4.0.",
)


@hookimpl
def ammo_subspaces() -> list[Subspace]:
    """Offer the Coin subspace."""
    return [coin]
