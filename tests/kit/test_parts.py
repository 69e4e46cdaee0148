"""The rules about checkers, gyms, stores and models notice what breaks their ports."""

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ammo_agents.metaspace.exact import ExactStore, ExactStores
from ammo_agents.ports import Embedder, Model
from ammo_agents.records import ModelCard
from ammo_agents.testing import (
    EmbedderSuite,
    EvidenceSuite,
    GymSuite,
    HashEmbedder,
    ModelSuite,
    ScriptedModel,
    StoreSuite,
    SubspaceSuite,
    Suite,
)
from ammo_agents.testing.part_rules import CHECKS
from ammo_agents.testing.plugin import ScriptedModels
from ammo_agents.testing.report import look
from ammo_agents.testing.rules import BY_ID


class Overlap:
    name = "overlap"

    async def entails(self, premise: str, claim: str) -> float:
        said, known = set(claim.split()), set(premise.split())
        return len(said & known) / len(said) if said else 1.0


class Certain:
    name = "certain"

    async def entails(self, premise: str, claim: str) -> float:
        return 7.0


class Moody:
    name = "moody"
    _calls = count()

    async def entails(self, premise: str, claim: str) -> float:
        return 1.0 / (1 + next(self._calls))


class Walk:
    """Goes along a line; ends after five steps."""

    def __init__(self, drift: int = 0) -> None:
        self.at, self.drift = 0, drift

    def reset(self, *, seed: int | None = None, options: Mapping[str, Any] | None = None) -> tuple[int, dict[str, Any]]:  # fmt: skip
        self.at = (seed or 0) + self.drift
        return self.at, {"actions": [1, 2]}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.at += action
        return self.at, -1.0, self.at > 9, False, {}

    def close(self) -> None:
        """Hold nothing."""


class Short(Walk):
    def step(self, action: int) -> Any:
        return self.at, -1.0, True


class Walks:
    name = "walks/line"

    def __init__(self, *worlds: Walk) -> None:
        self.worlds = list(worlds)

    def open(self, *, seed: int) -> Walk:
        return self.worlds.pop() if self.worlds else Walk()


async def reasons(rule: str, part: object) -> str:
    row = await look(BY_ID[rule], CHECKS[rule], part)
    return "\n".join(row.reasons) if row.state == "fail" else row.state


async def test_a_checker_must_give_a_probability_and_the_same_one_again() -> None:
    assert await reasons("evidence-contract", Overlap()) == "pass"
    assert "returned 7.0, not a probability" in await reasons("evidence-contract", Certain())
    assert "for the same question" in await reasons("evidence-contract", Moody())


async def test_a_gym_must_begin_and_go_on_alike_for_one_seed() -> None:
    assert await reasons("gym-contract", Walks()) == "pass"
    said = await reasons("gym-contract", Walks(Walk(drift=1), Walk()))
    assert "two resets with seed 3 begin differently" in said
    short = await reasons("gym-contract", Walks(Short(), Short()))
    assert "not (observation, reward, terminated, truncated, info)" in short


async def test_a_provider_must_describe_its_models() -> None:
    class Nameless(ScriptedModels):
        def cards(self) -> Sequence[ModelCard]:
            return (
                ModelCard(id="other/x", title="x"),
                ModelCard(id="scripted/e", title="e", kind="embedder"),
            )

    assert await reasons("model-cards", ScriptedModels()) == "pass"
    said = await reasons("model-cards", Nameless())
    assert "its id does not begin with 'scripted'/" in said
    assert "its dim is 0" in said
    assert await reasons("model-contract", ScriptedModels()) == "exempt"


class Stores(StoreSuite):
    provider = ExactStores()


class Embedders(EmbedderSuite):
    async def open_embedder(self) -> Embedder:
        return HashEmbedder(32)


class Checkers(EvidenceSuite):
    checker = Overlap()


class Gyms(GymSuite):
    provider = Walks()


@pytest.mark.parametrize("suite", [Checkers, Gyms, Embedders, Stores])
def test_a_sound_part_passes_its_suite(suite: type[Suite]) -> None:
    for rule in suite.ammo_rules():
        suite().test_rule(rule)
    assert {row.state for row in suite.ammo_checked.values()} == {"pass"}


class Forgetful(ExactStore):
    """Counts nothing."""

    async def count(self, collection: Any, *more: Any) -> int:
        return 0


class ForgetfulStores(ExactStores):
    """Opens an empty store, whatever lies in the folder."""

    async def open(self, folder: Path, *, dim: int, space: str) -> ExactStore:
        return Forgetful(dim)


async def test_a_store_that_forgets_is_told_rule_by_rule() -> None:
    said = await reasons("store-contract", ForgetfulStores())
    assert "store 'exact': rows survive a close:" in said
    assert "store 'exact': a folder belongs to one space:" in said


def test_a_model_that_keeps_no_schema_is_told_rule_by_rule() -> None:
    class Plain(ModelSuite):
        async def open_model(self) -> Model:
            return ScriptedModel(["words and words"])

    with pytest.raises(AssertionError) as told:
        Plain().test_rule("model-contract")
    assert "a schema is kept" in str(told.value)
    assert "a deadline ends the call" in str(told.value)


def test_a_suite_of_nothing_says_what_it_needs() -> None:
    class Empty(ModelSuite):
        pass

    with pytest.raises(NotImplementedError, match="async def open_model"):
        Empty().test_rule("model-contract")
    assert "seed-pack" not in SubspaceSuite.ammo_rules()
