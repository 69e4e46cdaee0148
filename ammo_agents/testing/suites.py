"""Suites to subclass in pytest: one test per rule, with the promises and the messages of `ammo check`.

::

    class TestRecipes(SubspaceSuite):
        subspace = recipes
        tier = "gold"

The tests need nothing but pytest; the plugin that this distribution brings gives each its rule.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib
import unittest
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ammo_agents.goal.work import create as create_by_default
from ammo_agents.ports import Embedder, Evidence, Model, StoreProvider, Subspace
from ammo_agents.ports.gym import GymProvider
from ammo_agents.testing import buddy_rules, part_rules, subspace_rules
from ammo_agents.testing.models import check_embedder, check_model
from ammo_agents.testing.report import Checked, look, need
from ammo_agents.testing.rules import BY_ID, Part, Tier, rules_of
from ammo_agents.testing.worlds import DAYS, Study
from ammo_agents.testing.writing import Create, Writing

if TYPE_CHECKING:  # a server's client weighs a tenth of a second
    import httpx


class Suite:
    """What all suites do: one test per rule of their part, up to the tier that is aimed at."""

    part: ClassVar[Part]
    tier: ClassVar[str] = "silver"
    """The tier that is aimed at: rules above it are not run."""
    ammo_checked: ClassVar[dict[str, Checked]]

    def __init_subclass__(cls) -> None:
        cls.ammo_checked = {}

    @classmethod
    def ammo_rules(cls) -> list[str]:
        """Return the ids of the rules that this class holds its subject to."""
        return [rule.id for rule in rules_of(cls.part, Tier[cls.tier.upper()])]

    def test_rule(self, ammo_rule: str) -> None:
        """Hold the subject to one rule."""
        __tracebackhide__ = True
        self.ammo_prepare()
        checked = asyncio.run(self.ammo_look(ammo_rule))
        self.ammo_checked[ammo_rule] = checked
        if checked.state == "exempt":
            raise unittest.SkipTest(f"exempt: {'; '.join(checked.reasons)}")
        if checked.state != "pass":
            raise AssertionError(checked.message)

    def ammo_prepare(self) -> None:
        """Read what is read once, before a loop runs; nothing here."""

    async def ammo_look(self, rule: str) -> Checked:
        """Return what came of one rule."""
        raise NotImplementedError


class SubspaceSuite(Suite):
    """For subspaces: set `subspace`; perhaps `start`, `days`, `readme` and `tier`."""

    part: ClassVar[Part] = "subspace"
    subspace: ClassVar[Subspace]
    start: ClassVar[dt.date | None] = None
    """Where the walk through its world begins; None = where it begins by itself."""
    days: ClassVar[int] = DAYS
    readme: ClassVar[Path | None] = None

    @classmethod
    def study(cls) -> Study:
        """Return what is read once for all rules."""
        if "ammo_study" not in cls.__dict__:
            said = cls.readme.read_text(encoding="utf-8") if cls.readme else ""
            study = Study(cls.subspace, start=cls.start, days=cls.days, readme=said)
            setattr(cls, "ammo_study", study)  # noqa: B010 - kept on the class, not on its bases
        found: Study = cls.__dict__["ammo_study"]
        return found

    def ammo_prepare(self) -> None:
        """Read the README."""
        self.study()

    async def ammo_look(self, rule: str) -> Checked:
        """Return what came of one rule."""
        if rule in subspace_rules.CHECKS:
            return await look(BY_ID[rule], subspace_rules.CHECKS[rule], self.study())
        return await look(BY_ID[rule], buddy_rules.CHECKS[rule], Writing(self.study()))


class BuddySuite(SubspaceSuite):
    """For the Goal Buddies of a subspace: set `subspace`; set `create` to hold a way of working of one's own to it."""

    part = "buddy"
    create: ClassVar[Create] = staticmethod(create_by_default)

    @classmethod
    def writing(cls) -> Writing:
        """Return what the buddies wrote, once for all rules."""
        if "ammo_writing" not in cls.__dict__:
            setattr(cls, "ammo_writing", Writing(cls.study(), cls.create))  # noqa: B010 - as above
        found: Writing = cls.__dict__["ammo_writing"]
        return found

    async def ammo_look(self, rule: str) -> Checked:
        """Return what came of one rule."""
        return await look(BY_ID[rule], buddy_rules.CHECKS[rule], self.writing())


class _PartSuite(Suite):
    """For what a check of the kit looks at whole."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Any]:
        """Give the part under test and close it afterwards."""
        yield None

    async def ammo_look(self, rule: str) -> Checked:
        """Return what came of one rule."""
        async with self.opened() as part:
            return await look(BY_ID[rule], CHECKS[rule], part)


class ModelSuite(_PartSuite):
    """For language models: give `open_model`."""

    part = "model"

    @classmethod
    def ammo_rules(cls) -> list[str]:
        """Return the one rule about an open model."""
        return ["model-contract"]

    async def open_model(self) -> Model:
        """Return the model, open."""
        raise NotImplementedError(f"{type(self).__name__} needs: async def open_model(self)")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Model]:
        """Give the model and close it."""
        model = await self.open_model()
        try:
            yield model
        finally:
            await model.close()


class EmbedderSuite(_PartSuite):
    """For embedders: give `open_embedder`."""

    part = "embedder"

    async def open_embedder(self) -> Embedder:
        """Return the embedder, open."""
        raise NotImplementedError(f"{type(self).__name__} needs: async def open_embedder(self)")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Embedder]:
        """Give the embedder and close it."""
        embedder = await self.open_embedder()
        try:
            yield embedder
        finally:
            await embedder.close()


class StoreSuite(_PartSuite):
    """For vector stores: set `provider`."""

    part = "store"
    provider: ClassVar[StoreProvider]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[StoreProvider]:
        """Give the provider."""
        yield self.provider


class EvidenceSuite(_PartSuite):
    """For evidence checkers: set `checker`."""

    part = "evidence"
    checker: ClassVar[Evidence]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Evidence]:
        """Give the checker."""
        yield self.checker


class GymSuite(_PartSuite):
    """For worlds to train in: set `provider`."""

    part = "gym"
    provider: ClassVar[GymProvider]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[GymProvider]:
        """Give the provider."""
        yield self.provider


class AippSuite(_PartSuite):
    """For AiPP servers: give `clients`, two people's, open."""

    part = "aipp"

    def clients(self) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
        """Return the clients of two people, each with its base address and bearer token."""
        raise NotImplementedError(f"{type(self).__name__} needs: def clients(self)")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
        """Give both clients and close them."""
        you, other = self.clients()
        async with you, other:
            yield you, other


async def _model(model: Model) -> None:
    await _asserted(check_model(model))


async def _embedder(embedder: Embedder) -> None:
    await _asserted(check_embedder(embedder))


async def _aipp(both: tuple[httpx.AsyncClient, httpx.AsyncClient]) -> None:
    aipp = importlib.import_module("ammo_agents.testing.aipp")
    report = await aipp.check_aipp(both[0], other=both[1])
    need((*report.faults, *report.unchecked))


async def _asserted(work: Awaitable[object]) -> None:
    try:
        await work
    except AssertionError as error:
        need(str(error).split("\n- ")[1:] or [str(error)])


CHECKS: Mapping[str, Callable[[Any], Awaitable[None]]] = {
    **part_rules.CHECKS,
    "model-contract": _model,
    "embedder-contract": _embedder,
    "aipp-contract": _aipp,
}
"""Rule id → how it is looked at in an open part."""
