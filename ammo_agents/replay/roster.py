"""Every method that can be judged, by name, and by which protocols."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from ammo_agents.errors import BadInputError
from ammo_agents.replay.method import Catalogue, Method
from ammo_agents.replay.own import ExploringBuddy, TextBuddy, UserBuddy
from ammo_agents.replay.plain import Centroid, ItemMean, Popularity, Random, Ridge, Rocchio
from ammo_agents.replay.together import Bpr, Ease, Ials, TunedEase

Protocol = Literal["full", "replay", "questions", "new"]
PROTOCOLS: tuple[Protocol, ...] = ("full", "replay", "questions", "new")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One method of the roster."""

    name: str
    title: str
    """What it is, in a line."""
    make: Callable[[Catalogue], Method]
    own: bool = False
    """It is the product's, not a peer."""
    protocols: tuple[Protocol, ...] = ("full", "replay", "questions")
    """What it is judged by; ``new`` only where it can say something of items nobody rated."""
    in_communities: bool = False
    """It is also replayed with few known people."""


ROSTER: tuple[Entry, ...] = (
    Entry(name="random", title="chance", make=Random, protocols=PROTOCOLS),
    Entry(name="popularity", title="number of likes, the same for everybody", make=Popularity),
    Entry(
        name="item_mean",
        title="shrunk mean rating, the same for everybody",
        make=ItemMean,
        in_communities=True,
    ),
    Entry(
        name="rocchio",
        title="mean of the liked texts, centred, half-life 20 likes",
        make=Rocchio,
        protocols=PROTOCOLS,
    ),
    Entry(
        name="centroid",
        title="mean of the liked texts, centred, every like alike",
        make=Centroid,
        protocols=("new",),
    ),
    Entry(
        name="ridge",
        title="per-person ridge on ratings over texts",
        make=Ridge,
        protocols=PROTOCOLS,
    ),
    Entry(name="ials", title="implicit ALS, 64 factors, ridge 30, alpha 5", make=Ials),
    Entry(name="bpr", title="BPR, 63 factors and a bias", make=Bpr),
    Entry(name="ease", title="EASE^R on likes, l = 50", make=Ease),
    Entry(
        name="ease_tuned",
        title="EASE^R on likes, l = 200, the best of 20 to 400 on the validation part",
        make=TunedEase,
    ),
    Entry(
        name="user_buddy_text",
        title="the User Buddy with text and population terms only",
        make=TextBuddy,
        own=True,
        protocols=PROTOCOLS,
    ),
    Entry(
        name="user_buddy_exploring",
        title="the User Buddy with 15 % of its slots exploring",
        make=ExploringBuddy,
        own=True,
        protocols=("replay",),
    ),
    Entry(
        name="user_buddy",
        title="the User Buddy as shipped: text, entity factors, company",
        make=UserBuddy,
        own=True,
        protocols=PROTOCOLS,
        in_communities=True,
    ),
)


def entries(names: Sequence[str] = ()) -> tuple[Entry, ...]:
    """Return the named methods, or all; raises `BadInputError` for a name nobody has."""
    known = {entry.name: entry for entry in ROSTER}
    strange = [name for name in names if name not in known]
    if strange:
        raise BadInputError(
            f"no method is called {', '.join(strange)}", hint=f"There are: {', '.join(known)}."
        )
    return tuple(entry for entry in ROSTER if not names or entry.name in names)


def protocols(names: Sequence[str] = ()) -> tuple[Protocol, ...]:
    """Return the named protocols, or all; raises `BadInputError` for another name."""
    strange = [name for name in names if name not in PROTOCOLS]
    if strange:
        raise BadInputError(
            f"no protocol is called {', '.join(strange)}",
            hint=f"There are: {', '.join(PROTOCOLS)}.",
        )
    return tuple(protocol for protocol in PROTOCOLS if not names or protocol in names)
