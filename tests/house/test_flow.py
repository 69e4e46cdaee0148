"""The way of the data: each stage takes what one before it makes, and no stage calls another."""

import ast
import dataclasses
import importlib
import inspect
import typing
from collections.abc import Callable, Iterator
from types import UnionType
from typing import Any, NamedTuple

import pytest

from ammo_agents import records


class Stage(NamedTuple):
    """One function of the way, and the records that go in and come out."""

    module: str
    function: str
    takes: tuple[str, ...]
    makes: str


WAY = [
    Stage("goal.trigger", "ideate", ("GoalBuddy", "Stimulus"), "Idea"),
    Stage("goal.trigger", "retrieve", ("Idea",), "Idea"),
    Stage("goal.compose", "draft_of", ("Idea",), "Draft"),
    Stage("goal.ground", "ground", ("Draft",), "Grounded"),
    Stage("goal.publish", "creation_of", ("Grounded",), "Creation"),
    Stage("goal.publish", "placed", ("Creation",), "Placed"),
    Stage("metaspace.recall", "recall", ("LivingMatrix",), "Candidates"),
    Stage("user.rank", "choose", ("Candidates", "Preference"), "Slate"),
    Stage("user.present", "present", ("Slate", "Creation"), "Presented"),
    Stage("aipp.feedback", "feedback", ("Act", "Shown"), "Feedback"),
    Stage("aipp.preference", "update", ("Preference", "Feedback"), "Preference"),
]
OUTSIDE = {
    "GoalBuddy": "born of the knowledge graph",
    "Stimulus": "an event of the outside world",
    "LivingMatrix": "every published row, kept up by the ledger",
    "Preference": "read at the start of the round: the circle closes here",
    "Act": "what a person does",
    "Shown": "where the person saw it, as the ledger knows",
}
ROOMS = sorted({stage.module for stage in WAY})


def function_of(stage: Stage) -> Callable[..., Any]:
    found = getattr(importlib.import_module(f"ammo_agents.{stage.module}"), stage.function)
    assert callable(found)
    return typing.cast(Callable[..., Any], found)


def names(hint: Any) -> Iterator[str]:
    """Yield the names of all classes in a type hint, however deep."""
    if typing.get_origin(hint) is not None or isinstance(hint, UnionType):
        for part in typing.get_args(hint):
            yield from names(part)
    elif isinstance(hint, type):
        yield hint.__name__


@pytest.mark.parametrize("stage", WAY, ids=lambda s: f"{s.module}.{s.function}")
def test_a_stage_takes_and_makes_what_the_plan_says(stage: Stage) -> None:
    hints = typing.get_type_hints(function_of(stage))
    made = set(names(hints.pop("return")))
    taken = {name for hint in hints.values() for name in names(hint)}
    assert set(stage.takes) <= taken
    assert stage.makes in made


def test_each_stage_takes_what_one_before_it_makes() -> None:
    known = set(OUTSIDE)
    for stage in WAY:
        assert set(stage.takes) <= known, stage
        known.add(stage.makes)


def test_the_circle_closes_in_the_preference() -> None:
    assert WAY[-1].makes == "Preference"
    assert any("Preference" in stage.takes for stage in WAY[:-1])


@pytest.mark.parametrize("stage", WAY, ids=lambda s: f"{s.module}.{s.function}")
def test_an_expected_refusal_is_a_value(stage: Stage) -> None:
    """What a stage gives is a record, a refusal, or None: it never gives a flag or a bare text."""
    hint = typing.get_type_hints(function_of(stage))["return"]
    assert {"bool", "str", "dict"}.isdisjoint(names(hint))


@pytest.mark.parametrize("room", ROOMS)
def test_no_stage_calls_another(room: str) -> None:
    module = importlib.import_module(f"ammo_agents.{room}")
    called = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    stages = {f"ammo_agents.{s.module}.{s.function}" for s in WAY if s.module != room}
    assert called & stages == set()


def test_every_record_is_frozen() -> None:
    for name in records.__all__:
        record = getattr(records, name)
        if dataclasses.is_dataclass(record) and isinstance(record, type):
            assert record.__dataclass_params__.frozen, name  # type: ignore[attr-defined]
