"""From what people said to pairs that can teach a buddy: built, cleaned, split, checked for leaks (W18)."""

from __future__ import annotations

from ammo_agents.aipp.pairs.clean import Rules, Step
from ammo_agents.aipp.pairs.consent import consent_of, hashed
from ammo_agents.aipp.pairs.figures import Baseline, Position, baselines, best, position
from ammo_agents.aipp.pairs.files import read, read_rows, write
from ammo_agents.aipp.pairs.gather import Gathered, events_of, gather
from ammo_agents.aipp.pairs.label import CHOICES, label, undo
from ammo_agents.aipp.pairs.leaks import Leak, check, leaks
from ammo_agents.aipp.pairs.record import Pair, Row, Said, Side, Taught, plain
from ammo_agents.aipp.pairs.samples import Alternative, Offer, offers
from ammo_agents.aipp.pairs.set import PairSet, Wanted, forget, made
from ammo_agents.aipp.pairs.split import Parted, split

__all__ = [
    "CHOICES",
    "Alternative",
    "Baseline",
    "Gathered",
    "Leak",
    "Offer",
    "Pair",
    "PairSet",
    "Parted",
    "Position",
    "Row",
    "Rules",
    "Said",
    "Side",
    "Step",
    "Taught",
    "Wanted",
    "baselines",
    "best",
    "check",
    "consent_of",
    "events_of",
    "forget",
    "gather",
    "hashed",
    "label",
    "leaks",
    "made",
    "offers",
    "plain",
    "position",
    "read",
    "read_rows",
    "split",
    "undo",
    "write",
]
