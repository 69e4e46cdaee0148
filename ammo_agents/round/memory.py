"""What a person said, read back from the ledger as events with rows in today's basis (W3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ammo_agents.aipp.preference import Event
from ammo_agents.errors import MissingPartError, NotFoundError
from ammo_agents.geometry import Frame, unit
from ammo_agents.ports import Ledger
from ammo_agents.records import (
    Creation,
    CreationId,
    Feedback,
    PersonId,
    Preference,
    Subject,
    SubspaceId,
    Vector,
    Wide,
)

WITHDRAWN = "withdrawn"
"""Diary kind: a slate that was shown, not answered and taken back."""
FIRST_TAU = 0.03
"""Temperature of a planned visibility while no slate has shown what the person's is."""
Place = Callable[[str], Awaitable[Vector]]
"""Return a text's unit row in the space, shape (D,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the ledger holds of one person in one subspace."""

    acts: Sequence[Feedback]
    """Standing acts in log order."""
    kept: Preference | None
    seen: set[CreationId]
    """Shown in any feed of theirs, and not withdrawn."""
    slates: int
    """Slates of this feed that stand."""
    tau: float


async def past(ledger: Ledger, person: PersonId, subspace: SubspaceId) -> Past:
    """Return what the ledger holds of a person in a subspace."""
    slates = await ledger.slates(person, subspace)
    gone = await ledger.diary.latest(person, WITHDRAWN)
    slates = [one for one in slates if one.id not in gone]
    return Past(
        acts=await ledger.feedback(person, subspace),
        kept=await ledger.preference(person, subspace),
        seen=await ledger.seen(person, but_not=tuple(gone)),
        slates=len(slates),
        tau=slates[0].tau if slates else FIRST_TAU,
    )


@dataclass(slots=True, kw_only=True)
class Memory:
    """Makes events of kept acts; the ledger holds vectors, the basis turns them into rows."""

    ledger: Ledger
    frame: Frame
    place: Place | None = None
    """Places texts: of what is asked or spoken about, and anew when it was kept in another space."""
    _places: dict[str, Vector] = field(default_factory=dict)

    async def row(self, creation: Creation) -> Wide:
        """Return φ of a creation, shape (d,); raises `NotFoundError` if it has no vector."""
        found = await self.ledger.index_rows("creations", ids=[creation.id])
        if not found:
            raise NotFoundError(f"{creation.id} has no vector in this space", hint="ammo doctor")
        row: Wide = self.frame.rows(found[0].vector[None], [creation.entity])[0]
        return row

    async def rows_of(self, texts: Mapping[str, str]) -> Wide:
        """Return φ of entities by their texts, shape (n, d)."""
        vectors = [await self._vector(text) for text in texts.values()]
        return self.frame.rows(np.array(vectors, np.float32), list(texts))

    async def placed(self, subject: Subject) -> Subject:
        """Return the subject with its place in the space."""
        vector = await self._vector(subject.text)
        space = await self.ledger.meta("space") or ""
        return replace(subject, space=space, place=tuple(vector.astype(np.float64).tolist()))

    async def subject_row(self, subject: Subject) -> Wide:
        """Return φ of an entity's or a topic's text, shape (d,).

        Raises:
            MissingPartError: it lies in another space, and nothing here can place it anew.
        """
        vector = np.array(subject.place, np.float32)
        if len(vector) != self.frame.basis.dim or subject.space != await self.ledger.meta("space"):
            vector = await self._vector(subject.text)
        row: Wide = self.frame.rows(unit(vector, name=subject.name)[None], [subject.key])[0]
        return row

    async def event(self, act: Feedback) -> Event:
        """Return a kept act with the rows it speaks of."""
        if act.subject is not None:
            return self.of_subject(act, act.subject, await self.subject_row(act.subject))
        creation = await self.ledger.creation(act.creation)
        over = [await self.ledger.creation(id) for id in act.over]
        return await self.of_card(act, creation, over)

    async def of_card(
        self, act: Feedback, creation: Creation, over: Sequence[Creation] = ()
    ) -> Event:
        """Return an act on a card, or the choice of it over others."""
        others = np.array([await self.row(one) for one in over]) if over else None
        return Event(
            feedback=act,
            row=await self.row(creation),
            title=creation.title.text,
            entity=creation.entity,
            others=others,
            over="”, “".join(one.title.text for one in over),
        )

    def of_subject(self, act: Feedback, subject: Subject, row: Wide) -> Event:
        """Return what was said of an entity or a topic.

        A wish weighs its topic against a card about nothing in particular, so that it moves what is
        like the topic and nothing else: “more” takes the topic, “less” and “never” the other.
        """
        event = Event(feedback=act, row=row, title=subject.name, entity=subject.key)
        if subject.kind == "entity":
            return event
        plain = np.zeros((1, len(row)))
        plain[0, :3] = row[:3]  # as well liked and as well known: neither is what is wished for
        return replace(event, others=plain, chosen=0 if act.reward > 0.5 else 1)

    async def _vector(self, text: str) -> Vector:
        if text not in self._places:
            if self.place is None:
                raise MissingPartError(
                    f"“{text[:40]}” has to be placed, and no embedder is open",
                    hint="Open it with the embedder of this space: ammo feed",
                )
            self._places[text] = unit(await self.place(text), name=text[:40])
        return self._places[text]
