"""The product's own User Buddy under the protocols: its real fold, its real choice, its real community."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from ammo_agents.aipp.asking import most_telling
from ammo_agents.aipp.community import Community, Known, School, learned
from ammo_agents.aipp.outlook import outlook
from ammo_agents.aipp.preference import FIXED, Event, begin, fold
from ammo_agents.geometry import features, fit_basis
from ammo_agents.records import (
    BuddyId,
    CreationId,
    Feedback,
    FeedbackId,
    PersonId,
    Preference,
    SubspaceId,
    Wide,
)
from ammo_agents.replay.log import History, Rows
from ammo_agents.replay.method import Catalogue
from ammo_agents.replay.slates import SLOTS
from ammo_agents.user.rank import Candidates, Sitting, choose

FACTORISER = "implicit/als"
EXPLORING = 0.15
"""The share of exploration a new home begins with."""
SPACE = SubspaceId("replay")
LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class UserBuddy:
    """One companion per person, taught by a community of other people (W3, W11, W12)."""

    name = "user_buddy"
    exploration = 0.0
    with_others = True
    """Whether entity factors and company are used, or text and population terms only."""

    def __init__(self, catalogue: Catalogue) -> None:
        basis = fit_basis(catalogue.vectors)
        self._ids = [item.id for item in catalogue.items]
        self._school = School(
            entities=self._ids,
            vectors=catalogue.vectors,
            basis=basis,
            factoriser=catalogue.factorisers.get(FACTORISER) if self.with_others else None,
            seed=catalogue.seed,
            company=self.with_others,
        )
        self._community: Community | None = None
        self._prior = FIXED
        self._rows = features(catalogue.vectors, basis)

    def learn(self, known: Sequence[History]) -> None:
        """Learn the community of these people; tables, prior and company of others are forgotten."""
        people = [
            Known(person=one.person, entities=one.items, rewards=one.rewards) for one in known
        ]
        self._community = learned(people, self._school)
        school, found = self._school, self._community
        self._prior = FIXED if found is None else found.prior
        known_of = None if found is None else found.tables.of(self._ids, school.vectors)
        self._rows = features(school.vectors, school.basis, known_of)

    def scores(self, past: History) -> Wide:
        """Return the whole catalogue's scores for somebody with this past."""
        events = self._events(past)
        return self._rows @ outlook(self._folded(events), events, prior=self._prior)

    def slate(self, past: History, candidates: Rows, slots: int, rng: np.random.Generator) -> Rows:
        """Return what the User Buddy would show, in slate order."""
        order = np.sort(candidates)
        ids = [CreationId(f"c_{row:08d}") for row in order.tolist()]
        chosen = choose(
            Candidates(
                ids=tuple(ids),
                rows=self._rows[order],
                buddies=tuple(BuddyId(f"{SPACE}/{row}") for row in order.tolist()),
            ),
            self._folded(self._events(past)),
            Sitting(
                at=LONG_AGO,
                seed=int(rng.integers(2**31)),
                slots=slots,
                exploration=self.exploration,
            ),
        )
        return np.array([int(slot.creation[2:]) for slot in chosen.slots], np.intp)

    def question(
        self,
        past: History,
        askable: Rows,
        candidates: Rows,
        rng: np.random.Generator,  # noqa: ARG002 - nothing is drawn
    ) -> int:
        """Return what the User Buddy would ask before a slate of these candidates."""
        found = most_telling(
            self._folded(self._events(past)),
            self._rows[askable],
            self._rows[candidates],
            slots=SLOTS,
            prior=self._prior,
        )
        return int(askable[found.place])

    def _folded(self, events: Sequence[Event]) -> Preference:
        nobody = begin(
            PersonId("somebody"),
            SPACE,
            basis="replay",
            prior=self._prior,
            width=self._rows.shape[1],
        )
        return fold(nobody, events, prior=self._prior)

    def _events(self, past: History) -> list[Event]:
        """Return the ratings as acts on the first day of use: the logs do not tell which days were used."""
        return [
            Event(
                feedback=Feedback(
                    id=FeedbackId(f"b_{n}"),
                    key=str(n),
                    person=PersonId("somebody"),
                    subspace=SPACE,
                    creation=CreationId(f"c_{row:08d}"),
                    slate=None,
                    act="rate",
                    reward=reward,
                    weight=1.0,
                    at=LONG_AGO,
                    day=0,
                ),
                row=self._rows[row],
            )
            for n, (row, reward) in enumerate(
                zip(past.items.tolist(), past.rewards.tolist(), strict=True)
            )
        ]


class ExploringBuddy(UserBuddy):
    """The same with the share of exploration a new home begins with."""

    name = "user_buddy_exploring"
    exploration = EXPLORING


class TextBuddy(UserBuddy):
    """The same with one vector of text and population terms: nobody's likes are compared."""

    name = "user_buddy_text"
    with_others = False
