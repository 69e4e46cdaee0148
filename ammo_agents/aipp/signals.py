"""The acts of the protocol, by their names on the wire, and what each comes to (W15).

Names follow Bluesky's lexicon where it has one. A passive signal never moves a preference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ammo_agents.aipp.feedback import ACTS, ANSWERS, CHOOSE, REQUESTS, Act, acts_of
from ammo_agents.ports import Action

Way = Literal["card", "entity", "choice", "note", "undo", "passive"]
"""``card``: an act on the card. ``entity``: a statement about what it is about. ``choice``: one over
others. ``note``: kept for whoever writes cards, taste untouched. ``undo``: takes one back."""
Meaning = Literal["positive", "negative", "seen", "neutral"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What one act comes to."""

    name: str
    """On the wire."""
    label: str
    way: Way
    act: str = ""
    """The act of `aipp.feedback` that is kept."""
    needs: tuple[str, ...] = ()
    """Fields of the interaction without which it says nothing."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Reason → the name in `BECAUSE` of what it comes to."""
    own: bool = False
    """A subspace brought it."""

    @property
    def passive(self) -> bool:
        """Whether it is watched, not said."""
        return self.way == "passive"


BECAUSE: Mapping[str, tuple[Way, str, str]] = {
    "topic": ("entity", "less", "less of what the card is about, whoever writes of it"),
    "buddy": ("card", "hideBuddy", "no more cards of this buddy; taste stays as it is"),
    "source": ("card", "requestLess", "less like this card; the reason is kept"),
    "tone": ("note", "", "kept for how cards are written; taste stays as it is"),
    "fact": ("card", "report", "the same as reportClaim"),
}
"""Why somebody wants less, and what that comes to: way, act, and how it is told."""
PASSIVE: tuple[Signal, ...] = (
    Signal(name="interactionSeen", label="Seen", way="passive"),
    Signal(name="open", label="Opened", way="passive"),
    Signal(name="clickthroughItem", label="Followed a source", way="passive"),
    Signal(name="dwell", label="Stayed", way="passive", needs=("dwell_ms",)),
)
EXPLICIT: tuple[Signal, ...] = (
    Signal(name="interactionLike", label="Like", way="card", act="like"),
    Signal(name="requestMore", label="More like this", way="card", act="requestMore"),
    Signal(
        name="requestLess",
        label="Less like this",
        way="card",
        act="requestLess",
        reasons={reason: told for reason, (_, _, told) in BECAUSE.items()},
    ),
    Signal(name="skip", label="Skip", way="card", act="skip"),
    Signal(name="save", label="Save", way="card", act="save"),
    Signal(name="interactionShare", label="Share", way="card", act="share"),
    Signal(name="ask", label="Ask", way="card", act="ask"),
    Signal(name="reply", label="Reply", way="card", act="reply", needs=("note",)),
    Signal(name="choose", label="This one", way="choice", act="choose", needs=("over",)),
    Signal(name="edit", label="Say it in your words", way="note", needs=("note",)),
    Signal(name="hideBuddy", label="Hide this buddy", way="card", act="hideBuddy"),
    Signal(name="reportClaim", label="Report", way="card", act="report"),
    Signal(name="undo", label="Undo", way="undo"),
)
COMMON: Mapping[str, Signal] = {signal.name: signal for signal in (*PASSIVE, *EXPLICIT)}
COUNTED: Mapping[str, Act] = {act.name: act for act in (*ANSWERS, *ACTS, CHOOSE, *REQUESTS)}
"""What each kept act weighs; a card's ``like`` stands before an answer's."""


def signals_of(actions: Sequence[Action] = ()) -> Mapping[str, Signal]:
    """Return every act of a subspace's AiPP by its name on the wire; its own come last (W15)."""
    found = dict(COMMON)
    for name in acts_of(actions):
        if name in {action.name for action in actions} and name not in found:
            label = next(action.label for action in actions if action.name == name)
            found[name] = Signal(name=name, label=label, way="card", act=name, own=True)
    return found


def because(signal: Signal, reason: str | None) -> tuple[Way, str]:
    """Return how an act is kept, and as which, given its reason."""
    if reason is None or not signal.reasons:
        return signal.way, signal.act
    way, act, _ = BECAUSE[reason]
    return way, act


def weighed(signal: Signal, actions: Sequence[Action] = ()) -> Act | None:
    """Return the reward and the weight of an act; None where taste is not touched."""
    return {**COUNTED, **acts_of(actions)}.get(signal.act)


def meaning(signal: Signal, act: Act | None) -> Meaning:
    """Return what an act counts as."""
    if signal.passive:
        return "seen"
    if act is None or act.weight == 0:
        return "negative" if signal.act == "hideBuddy" else "neutral"
    return "positive" if act.reward >= 0.5 else "negative"
