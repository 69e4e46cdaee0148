"""What a person's act says about their taste: reward y, weight a, and who was shown what (W15)."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ammo_agents.errors import BadInputError, NotFoundError, PluginError
from ammo_agents.ports import Action
from ammo_agents.records import (
    CreationId,
    Feedback,
    FeedbackId,
    PersonId,
    SlateId,
    Subject,
    SubspaceId,
    content_id,
)

LIGHTEST, HEAVIEST = 0.25, 4.0
"""An act that speaks of taste weighs between these."""
LONGEST_NOTE = 4_000
"""Characters of a note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing a person can do with a card."""

    name: str
    label: str
    """What a button says."""
    reward: float
    """y in [0, 1]."""
    weight: float
    """a in [1/4, 4]; 0 = says nothing about taste."""
    past: str
    """How an explanation begins: ``you liked``."""


ACTS: tuple[Act, ...] = (
    Act(name="like", label="Like", reward=1.0, weight=1.0, past="you liked"),
    Act(name="dislike", label="Dislike", reward=0.0, weight=1.0, past="you disliked"),
    Act(name="skip", label="Skip", reward=0.4, weight=0.25, past="you skipped"),
    Act(name="save", label="Save", reward=1.0, weight=2.0, past="you saved"),
    Act(name="share", label="Share", reward=1.0, weight=2.0, past="you shared"),
    Act(name="reply", label="Reply", reward=1.0, weight=2.0, past="you replied to"),
    # A question shows interest, but also that something was unclear: half a Like, not measured.
    Act(name="ask", label="Ask", reward=1.0, weight=0.5, past="you asked about"),
    Act(name="hide", label="Hide", reward=0.0, weight=4.0, past="you hid"),
    Act(name="report", label="Report", reward=0.0, weight=4.0, past="you reported"),
)
"""The acts every AiPP has, with the rewards and weights of the preference model."""
CHOOSE = Act(name="choose", label="This one", reward=1.0, weight=1.0, past="you chose")
"""“Which of these”: a card over others; what it says is in the rows of all of them, not in y."""
ANSWERS: tuple[Act, ...] = (
    Act(name="like", label="I like it", reward=1.0, weight=1.0, past="you said you like"),
    Act(
        name="dislike", label="Not for me", reward=0.0, weight=1.0, past="you said you do not like"
    ),
    Act(name="unknown", label="I do not know it", reward=0.0, weight=0.0, past="you do not know"),
    # A wish is said on purpose: as heavy as a save, and "never" as a hide.
    Act(name="more", label="More of it", reward=1.0, weight=2.0, past="you asked for more"),
    Act(name="less", label="Less of it", reward=0.0, weight=2.0, past="you asked for less"),
    Act(name="never", label="None of it", reward=0.0, weight=4.0, past="you asked for no"),
    # A tile of the first run: chosen on purpose out of a few, so as heavy as a wish.
    Act(name="pick", label="Pick", reward=1.0, weight=0.5, past="you picked"),
)
"""What can be said of an entity or a topic, without a card (W13)."""
REQUESTS: tuple[Act, ...] = (
    Act(
        name="requestMore",
        label="More like this",
        reward=1.0,
        weight=2.0,
        past="you asked for more like",
    ),
    Act(
        name="requestLess",
        label="Less like this",
        reward=0.0,
        weight=2.0,
        past="you asked for less like",
    ),
    # Who is not wanted says nothing about what is not wanted: the buddy is left out, taste stays.
    Act(
        name="hideBuddy",
        label="Hide this buddy",
        reward=0.0,
        weight=0.0,
        past="you hid the buddy of",
    ),
)
"""What the protocol adds about a card: said on purpose, so as heavy as a wish."""
HIDE_BUDDY = "hideBuddy"
PAST: Mapping[str, str] = {act.name: act.past for act in (*ACTS, CHOOSE, *REQUESTS)}
SAID: Mapping[str, str] = {act.name: act.past for act in ANSWERS}
RESERVED = frozenset(SAID) | {CHOOSE.name} | {act.name for act in REQUESTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A creation as one person met it."""

    person: PersonId
    subspace: SubspaceId
    creation: CreationId
    slate: SlateId | None
    """The newest slate it was in; None = the person never saw it."""


def acts_of(actions: Sequence[Action] = ()) -> Mapping[str, Act]:
    """Return every act by name: the common ones and a subspace's own (its AiPP mods, W15).

    Raises:
        PluginError: an action without a name, with the name of another, or with numbers out of range.
    """
    found = {act.name: act for act in ACTS}
    for action in actions:
        if not action.name or action.name in found or action.name in RESERVED:
            raise PluginError(
                f"the action {action.name!r} has no name of its own",
                hint=f"Choose another name than {', '.join(sorted({*found, *RESERVED}))}.",
            )
        if not 0 <= action.reward <= 1 or not _weighs(action.weight):
            raise PluginError(
                f"the action {action.name!r} has reward {action.reward} and weight {action.weight}",
                hint="A reward is in [0, 1]; a weight is 0 or in [1/4, 4].",
            )
        found[action.name] = Act(
            name=action.name,
            label=action.label,
            reward=action.reward,
            weight=action.weight,
            past=f"you said “{action.label}” about",
        )
    return found


def act_named(name: str, actions: Sequence[Action] = ()) -> Act:
    """Return one act; raises `BadInputError` that lists what there is."""
    found = {**acts_of(actions), **{act.name: act for act in REQUESTS}}
    if name not in found:
        raise BadInputError(
            f"no act is called {name!r}", hint=f"There are: {', '.join(sorted(found))}."
        )
    return found[name]


def feedback(
    act: Act, shown: Shown, *, key: str, at: dt.datetime, day: int, note: str = ""
) -> Feedback:
    """Return the record of one act; the same key gives the same id.

    `at` is the time, aware; `day` the person's days of use before it. Order comes from the log, so
    a clock that was set back changes nothing but the time shown.

    Raises:
        NotFoundError: the creation was never shown to this person.
        BadInputError: no key, a time without zone, a negative day, a note that cannot be kept.
    """
    if shown.slate is None:
        raise NotFoundError(
            f"{shown.creation} was never shown to {shown.person}",
            hint="See your cards with: ammo feed",
        )
    return _recorded(act, shown, When(key=key, at=at, day=day), note=note)


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """Under which key, at what time and after how many days of use something was said."""

    key: str
    at: dt.datetime
    day: int


def choice(shown: Shown, over: Sequence[CreationId], when: When) -> Feedback:
    """Return the record of “this one of these”; the cards need not have been in a slate.

    Raises:
        BadInputError: nothing to choose over, a card over itself, or a key or time that cannot be kept.
    """
    if not over or shown.creation in over or len(set(over)) != len(over):
        raise BadInputError(
            f"{shown.creation} over {', '.join(over) or 'nothing'} is no choice",
            hint="Choose one of at least two different cards: ammo compare",
        )
    return replace(_recorded(CHOOSE, shown, when), over=tuple(over))


def statement(
    name: str, person: PersonId, subspace: SubspaceId, subject: Subject, when: When
) -> Feedback:
    """Return the record of what a person said of an entity or a topic.

    Raises:
        BadInputError: no such answer, an empty subject, or a key or time that cannot be kept.
    """
    acts = {act.name: act for act in ANSWERS}
    if name not in acts:
        raise BadInputError(
            f"no answer is called {name!r}", hint=f"There are: {', '.join(sorted(acts))}."
        )
    problem = _problem(when.key, when.at, when.day, f"{subject.name}\n{subject.text}")
    if problem or not subject.name.strip() or not subject.text.strip():
        raise BadInputError(problem or "a subject needs words", hint="Nothing was recorded.")
    nowhere = Shown(person=person, subspace=subspace, creation=CreationId(""), slate=None)
    return replace(_recorded(acts[name], nowhere, when), subject=subject)


def _recorded(act: Act, shown: Shown, when: When, *, note: str = "") -> Feedback:
    problem = _problem(when.key, when.at, when.day, note)
    if problem:
        raise BadInputError(problem, hint="Nothing was recorded.")
    return Feedback(
        id=FeedbackId(content_id("b", [shown.person, when.key])),
        key=when.key,
        person=shown.person,
        subspace=shown.subspace,
        creation=shown.creation,
        slate=shown.slate,
        act=act.name,
        reward=act.reward,
        weight=act.weight,
        at=when.at.astimezone(dt.UTC),
        day=when.day,
        note=note,
    )


def _problem(key: str, at: dt.datetime, day: int, note: str) -> str:
    if not key:
        return "an act needs an idempotency key"
    if at.tzinfo is None:
        return "the time of an act needs a zone"
    if day < 0:
        return f"an act cannot come after {day} days of use"
    if len(note) > LONGEST_NOTE:
        return f"a note has at most {LONGEST_NOTE} characters, this one {len(note)}"
    if "\x00" in note or any("\ud800" <= letter <= "\udfff" for letter in note):
        return "the note holds characters that are no text"
    return ""


def _weighs(weight: float) -> bool:
    return math.isfinite(weight) and (weight == 0 or LIGHTEST <= weight <= HEAVIEST)
