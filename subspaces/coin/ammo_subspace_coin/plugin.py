"""What this plugin offers: the Coin subspace."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from ammo_agents.errors import MissingPartError
from ammo_agents.hooks import hookimpl
from ammo_agents.ports import CardField, FeedOptions, Subspace, Triggers
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
    """Return the replayed world, or the present if asked for; blocks for about a second.

    Raises:
        BadInputError: a start outside the data, or an unknown coin.
        MissingPartError: the live world without its extra.
    """
    if options.live:
        return _live(options)
    from ammo_subspace_coin import replay  # noqa: PLC0415 - the plugin list must stay cheap

    return replay.CoinReplay(options)


def _live(options: FeedOptions) -> Triggers:
    try:
        from ammo_subspace_coin import live  # noqa: PLC0415 - httpx is an extra
    except ModuleNotFoundError as error:
        raise MissingPartError(
            f"the live world of the coin subspace needs {error.name}",
            hint="pip install 'ammo-subspace-coin[live]'",
        ) from error
    return live.CoinLive(options)


def seed() -> bytes:
    """Return the seed pack: cards of real buddies on real facts (`tests/seeds` reads every one of them)."""
    return resources.files("ammo_subspace_coin").joinpath("seed", "pack.zip").read_bytes()


FIELDS = (
    CardField(name="close", label="Close", predicate="coin.*", quantity="close", kind="number"),
    CardField(
        name="volume", label="Traded", predicate="coin.volume", quantity="volume", kind="number"
    ),
)
"""What a card shows beside its sentences; each is dated by the fact it comes from."""

coin = Subspace(
    id=COIN,
    title="Coin",
    summary="Crypto assets: their facts, their daily shifts, and how they hang together.",
    knowledge=knowledge,
    triggers=triggers,
    buddies=buddies,
    wordings=WORDINGS,
    fields=FIELDS,
    seed=seed,
    attribution="Coin descriptions: Cosmos Chain Registry contributors, CC BY 4.0.",
)


@hookimpl
def ammo_subspaces() -> list[Subspace]:
    """Offer the Coin subspace."""
    return [coin]
