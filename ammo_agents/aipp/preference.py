"""How a taste moves: one Bayesian linear state per person, folded from events, explained exactly (W3).

The state (L, h) with q = L⁻¹h is a cache; the ledger's events are the truth. Taking an event back
is folding the others again: the result is bit for bit that of a log which never had it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ammo_agents import geometry
from ammo_agents.aipp.feedback import HEAVIEST
from ammo_agents.errors import SpaceMismatchError, VectorError
from ammo_agents.geometry import SIZE, Belief, Weights
from ammo_agents.geometry.pick import Term, picked
from ammo_agents.records import Feedback, PersonId, Preference, SubspaceId, Wide, digest

INDIFFERENT = 0.6
"""A reward up to here says nothing about what goes with a thing: about the mean reward of people."""


def liking(reward: float) -> float:
    """Return how far a reward is above indifference, in [0, 1]."""
    return max(0.0, reward - INDIFFERENT) / (1.0 - INDIFFERENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is believed about somebody nobody has heard yet: w ~ N(mean, diag(variance))."""

    mean: Wide = field(compare=False)
    """m, shape (d,)."""
    variance: Wide = field(compare=False)
    """Diagonal of Σ, shape (d,), positive."""
    noise: float
    """s², the variance of one reward around φ·w."""
    forgetting: float
    """gamma in (0, 1]: what a day of use leaves of an event's weight."""
    company: float = 0.0
    """What a full Like adds to the score of a thing per unit of E·E: 0 = what goes with it counts nothing."""

    def origin(self, width: int) -> Belief:
        """Return L₀ = Σ⁻¹ and h₀ = Σ⁻¹m with zeros up to `width`, the length of a row."""
        precision = 1.0 / self.variance
        information = np.zeros(width)
        information[: len(precision)] = precision * self.mean
        return Belief(np.diag(precision), information)

    def pull(self, reward: float, weight: float) -> float:
        """Return how far an event moves u along E: its weight times what its reward is above indifference."""
        return self.company * weight * liking(reward)

    @property
    def fingerprint(self) -> str:
        """Hash over every number."""
        numbers = [self.mean.tolist(), self.variance.tolist(), self.noise, self.forgetting]
        return digest([*numbers, self.company])[:16]


def fixed_prior(*, mean: float = 0.6, forgetting: float = 0.97) -> Prior:
    """Return the prior for fewer than ten known people: m = (mean, 1/3, 0 …), Σ = diag(.02, .02, .02, .005 …)."""
    m = np.zeros(SIZE)
    m[:2] = mean, 1 / 3
    variance = np.full(SIZE, 0.005)
    variance[:3] = 0.02
    return Prior(mean=m, variance=variance, noise=0.03, forgetting=forgetting)


FIXED = fixed_prior()
"""The default prior; a half-life of 23 days of use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A standing act with the score vector of the creation it is about."""

    feedback: Feedback
    row: Wide = field(compare=False)
    """φ of the creation, shape (d,), or (d + k,) where a community is known."""
    title: str = ""
    """The creation's title, for words."""
    entity: str = ""
    """The entity it speaks of, for grouping."""
    others: Wide | None = field(default=None, compare=False)
    """For a choice: φ of what `row` was weighed against, shape (n - 1, d)."""
    chosen: int = 0
    """For a choice: 0 = `row` was taken, k = the k-th of the others was."""
    over: str = ""
    """Titles of what it was chosen over, for words."""


def begin(
    person: PersonId,
    subspace: SubspaceId,
    *,
    basis: str,
    prior: Prior = FIXED,
    width: int = SIZE,
) -> Preference:
    """Return the preference of somebody who has said nothing: q = m, for rows of length `width` ≥ d."""
    origin = prior.origin(width)
    return Preference(
        person=person,
        subspace=subspace,
        basis=basis,
        version=0,
        day=0,
        q=np.concatenate([prior.mean, np.zeros(width - len(prior.mean))]),
        precision=origin.precision,
        information=origin.information,
    )


def update(
    preference: Preference,
    row: Wide,
    feedback: Feedback,
    *,
    prior: Prior = FIXED,
    others: Wide | None = None,
) -> Preference:
    """Return the preference after one more act about a creation with score vector `row`, shape (d,).

    `others`, shape (n - 1, d), are the rows it was chosen over, if the act is a choice. Update the state that was kept, not one `aged` for showing, and a later `fold` over all events
    gives the same bits. An act that comes late counts by its own day: the log's order does not matter.

    Raises:
        VectorError: the row is not finite or not of shape (d,), or reward or weight are out of range.
    """
    event = Event(feedback=feedback, row=row, others=others)
    return learn(preference, event, prior=prior)


def learn(preference: Preference, event: Event, *, prior: Prior = FIXED) -> Preference:
    """Return the preference after one more event; see `update`."""
    return _solved(_moved(preference, event, prior, prior.origin(len(preference.q))))


def fold(nobody: Preference, events: Iterable[Event], *, prior: Prior = FIXED) -> Preference:
    """Return the preference that follows from events in log order, starting at `begin`'s result.

    An event that comes twice counts once. One solve at the end; about .03 ms an event.
    """
    state, origin = nobody, prior.origin(len(nobody.q))
    for event in once(events):
        state = _moved(state, event, prior, origin)
    return state if state is nobody else _solved(state)


def once(events: Iterable[Event]) -> list[Event]:
    """Return the events in order without repetitions of one act."""
    first: dict[str, Event] = {}
    for event in events:
        first.setdefault(event.feedback.id, event)
    return list(first.values())


def aged(preference: Preference, day: int, *, prior: Prior = FIXED) -> Preference:
    """Return the preference as of a later day of use: what was learned fades towards the prior.

    An earlier day (a clock set back, a shortened log) changes nothing.
    """
    if day <= preference.day:
        return preference
    return _solved(_waited(preference, day, prior, prior.origin(len(preference.q))))


def weights(preference: Preference, events: Sequence[Event], *, prior: Prior = FIXED) -> Weights:
    """Return the events' rows, rewards and weights as folded; a choice has none of these: see `choices`."""
    rows = np.array([e.row for e in events], np.float64).reshape(len(events), len(preference.q))
    y = np.array([e.feedback.reward for e in events], np.float64)
    ages = np.array([max(0, preference.day - e.feedback.day) for e in events], np.float64)
    faded = prior.forgetting**ages
    a = np.array([e.feedback.weight if e.others is None else 0.0 for e in events], np.float64)
    pulls = [prior.pull(e.feedback.reward, w) for e, w in zip(events, a, strict=True)]
    return Weights(rows, y, a * faded / prior.noise, np.array(pulls, np.float64) * faded)


def choices(
    preference: Preference, events: Sequence[Event], *, prior: Prior = FIXED
) -> dict[int, Term]:
    """Return what each choice among the events added, as folded and faded, by its place.

    A choice is a parabola around the preference of its time, so the log before it is folded again:
    about .03 ms an event, nothing where nobody chose.
    """
    found: dict[int, Term] = {}
    if all(event.others is None for event in events):
        return found
    width = len(preference.q)
    nobody = begin(
        preference.person, preference.subspace, basis=preference.basis, prior=prior, width=width
    )
    state, origin = nobody, prior.origin(width)
    last = max(place for place, event in enumerate(events) if event.others is not None)
    for place, event in enumerate(events[: last + 1]):
        state, term = _waited(state, event.feedback.day, prior, origin), None
        if event.others is not None:
            term = _choice(state, event, prior)
            left = prior.forgetting ** max(0, preference.day - state.day)
            found[place] = term.scaled(left)
        state = _moved(state, event, prior, origin, term)
    return found


def _moved(
    state: Preference, event: Event, prior: Prior, origin: Belief, term: Term | None = None
) -> Preference:
    """Return the state after an event; `term` is what its choice adds, if that is known already."""
    feedback = event.feedback
    x = _row(event.row, feedback, len(state.q))
    if not 0 <= feedback.reward <= 1 or not 0 <= feedback.weight <= HEAVIEST:
        raise VectorError(
            f"act {feedback.id} has reward {feedback.reward} and weight {feedback.weight}",
            hint="A reward is in [0, 1], a weight in [0, 4].",
        )
    state = _waited(state, feedback.day, prior, origin)
    faded = prior.forgetting ** (state.day - feedback.day)
    belief = Belief(state.precision, state.information)
    if event.others is not None and feedback.weight > 0:
        added = (term or _choice(state, event, prior)).belief
        belief = Belief(*(old + new for old, new in zip(belief, added, strict=True)))
    elif feedback.weight > 0:
        c = feedback.weight * faded / prior.noise
        pull = prior.pull(feedback.reward, feedback.weight) * faded
        belief = geometry.observe(belief, x, feedback.reward, c, pull)
    return replace(
        state,
        version=state.version + 1,
        precision=belief.precision,
        information=belief.information,
    )


def _choice(state: Preference, event: Event, prior: Prior) -> Term:
    """Return what a choice adds to the state of its day, weighted and, if it came late, faded."""
    feedback, width = event.feedback, len(state.q)
    over = () if event.others is None else event.others
    rows = np.array([_row(x, feedback, width) for x in (event.row, *over)])
    weight = feedback.weight * prior.forgetting ** (state.day - feedback.day)
    pull = prior.pull(feedback.reward, 1.0)
    belief = Belief(state.precision, state.information)
    return picked(belief, rows, event.chosen, pull=pull).scaled(weight)


def _row(row: Wide, feedback: Feedback, width: int) -> Wide:
    x = geometry.finite(row, name=f"the score vector of {feedback.creation}")
    if x.shape != (width,):
        raise VectorError(
            f"the score vector of {feedback.creation} has shape {x.shape}, this preference ({width},)",
            hint="Compute it with the basis of the preference.",
        )
    return x


def _waited(state: Preference, day: int, prior: Prior, origin: Belief) -> Preference:
    if day <= state.day:
        return state
    factor = prior.forgetting ** (day - state.day)
    belief = geometry.forget(Belief(state.precision, state.information), origin, factor)
    return replace(state, day=day, precision=belief.precision, information=belief.information)


def _solved(state: Preference) -> Preference:
    return replace(state, q=geometry.solve(Belief(state.precision, state.information)))


def same_basis(preference: Preference, basis: str) -> Preference:
    """Return the preference if it was folded with this basis.

    Raises:
        SpaceMismatchError: it was folded with another; fold it again from the events.
    """
    if preference.basis != basis:
        raise SpaceMismatchError(
            f"this preference was folded with basis {preference.basis}, the space now has {basis}",
            hint="Fold it again from the ledger's events.",
        )
    return preference
