"""What a person said, read back from the ledger as events with rows in today's basis (W3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ammo_agents.aipp.preference import Event
from ammo_agents.errors import NotFoundError, VectorError
from ammo_agents.geometry import Basis, features, unit
from ammo_agents.ports import Ledger
from ammo_agents.records import Creation, CreationId, Feedback, Subject, Vector, Wide

Place = Callable[[str], Awaitable[Vector]]
"""Return a text's unit row in the space, shape (D,)."""


@dataclass(slots=True, kw_only=True)
class Memory:
    """Makes events of kept acts; the ledger holds vectors, the basis turns them into rows."""

    ledger: Ledger
    basis: Basis
    place: Place | None = None
    """Places a subject's text anew when it was kept in another space."""

    async def row(self, creation: CreationId) -> Wide:
        """Return φ of a creation, shape (d,); raises `NotFoundError` if it has no vector."""
        found = await self.ledger.index_rows("creations", ids=[creation])
        if not found:
            raise NotFoundError(f"{creation} has no vector in this space", hint="ammo doctor")
        row: Wide = features(found[0].vector[None], self.basis)[0]
        return row

    async def subject_row(self, subject: Subject) -> Wide:
        """Return φ of an entity's or a topic's text, shape (d,).

        Raises:
            VectorError: it lies in another space, and nothing here can place it anew.
        """
        vector = np.array(subject.place, np.float32)
        if len(vector) != self.basis.dim or subject.space != await self.ledger.meta("space"):
            if self.place is None:
                raise VectorError(
                    f"“{subject.name}” was placed in another space",
                    hint="Open it with the embedder of this space: ammo feed",
                )
            vector = await self.place(subject.text)
        row: Wide = features(unit(vector, name=subject.name)[None], self.basis)[0]
        return row

    async def event(self, act: Feedback) -> Event:
        """Return a kept act with the rows it speaks of."""
        if act.subject is not None:
            return self.of_subject(act, await self.subject_row(act.subject))
        creation = await self.ledger.creation(act.creation)
        over = [await self.ledger.creation(id) for id in act.over]
        return await self.of_card(act, creation, over)

    async def of_card(
        self, act: Feedback, creation: Creation, over: Sequence[Creation] = ()
    ) -> Event:
        """Return an act on a card, or the choice of it over others."""
        others = np.array([await self.row(one.id) for one in over]) if over else None
        return Event(
            feedback=act,
            row=await self.row(creation.id),
            title=creation.title.text,
            entity=creation.entity,
            others=others,
            over="”, “".join(one.title.text for one in over),
        )

    def of_subject(self, act: Feedback, row: Wide) -> Event:
        """Return what was said of an entity or a topic."""
        subject = act.subject
        name, key = ("", "") if subject is None else (subject.name, subject.key)
        return Event(feedback=act, row=row, title=name, entity=key)
