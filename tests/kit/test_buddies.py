"""The buddy suite notices a way of working that cannot be trusted."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from itertools import count

import pytest
from ammo_subspace_coin.plugin import coin

from ammo_agents.goal.trigger import Stimulus
from ammo_agents.goal.work import GoalContext
from ammo_agents.goal.work import create as careful
from ammo_agents.ports import Subspace
from ammo_agents.records import GoalBuddy, Message, Placed, Prompt, Rejected, Sampling, Usage
from ammo_agents.round.seeds import unpack
from ammo_agents.testing import BuddySuite
from ammo_agents.testing.buddy_rules import CHECKS
from ammo_agents.testing.cards import false_sentences
from ammo_agents.testing.report import look
from ammo_agents.testing.rules import BY_ID, rules_of
from ammo_agents.testing.worlds import Study
from ammo_agents.testing.writing import Create, Writing

Outcome = Placed | Rejected | None


async def reasons(letters: Subspace, create: Create, rule: str) -> str:
    """Return what the suite says of a way of working; empty = it finds nothing."""
    row = await look(BY_ID[rule], CHECKS[rule], Writing(Study(letters, days=3), create))
    return "\n".join(row.reasons) if row.state == "fail" else ""


@pytest.mark.parametrize("rule", [rule.id for rule in rules_of("buddy")])
async def test_the_graph_of_ammo_keeps_every_rule(rule: str, letters: Subspace) -> None:
    assert await reasons(letters, careful, rule) == ""


def says_what_the_model_says(whole: bool) -> Create:
    """Return a way of working without a gate: what the model says, or what was asked, is the hook."""

    async def create(buddy: GoalBuddy, stimulus: Stimulus, context: GoalContext) -> Outcome:
        made = await careful(buddy, stimulus, dataclasses.replace(context, model=None))
        if context.model is None or not isinstance(made, Placed):
            return made
        prompt = Prompt(messages=(Message(role="user", text=stimulus.request or "A card."),))
        said = (await context.model.complete(prompt, Sampling(seed=2))).text
        card = made.creation
        claim = dataclasses.replace(card.hook, text=said if whole else card.hook.text)
        card = dataclasses.replace(card, hook=claim, usage=Usage(calls=1))
        return dataclasses.replace(made, creation=card)

    return create


async def test_a_graph_without_a_gate_is_found_out(letters: Subspace) -> None:
    said = await reasons(letters, says_what_the_model_says(True), "buddy-grounded")
    assert "scripted/foreign" in said
    assert "buddy kit-letters/alpha" in said


async def test_a_graph_that_follows_planted_words_is_found_out(letters: Subspace) -> None:
    said = await reasons(letters, says_what_the_model_says(True), "buddy-steadfast")
    assert "says what was planted: 'ZEPHYR-77" in said


async def test_a_graph_that_lets_a_fault_of_the_model_out_is_found_out(letters: Subspace) -> None:
    said = await reasons(letters, says_what_the_model_says(False), "buddy-survives")
    assert "scripted/gone: ModelCrashedError" in said


async def test_a_graph_that_goes_on_without_a_budget_is_found_out(letters: Subspace) -> None:
    said = await reasons(letters, says_what_the_model_says(False), "buddy-budget")
    assert "budget spent: BudgetError" in said


def thrown(number: Callable[[], int]) -> Create:
    async def create(buddy: GoalBuddy, stimulus: Stimulus, context: GoalContext) -> Outcome:
        made = await careful(buddy, stimulus, context)
        if not isinstance(made, Placed):
            return made
        return dataclasses.replace(
            made, creation=dataclasses.replace(made.creation, seed=number(), usage=Usage())
        )

    return create


async def test_a_graph_that_throws_dice_or_books_nothing_is_found_out(letters: Subspace) -> None:
    dice = thrown(count().__next__)
    assert "two runs with seed" in await reasons(letters, dice, "buddy-repeats")
    assert "booked 0 calls" in await reasons(letters, dice, "buddy-budget")


async def wordless(_b: GoalBuddy, _s: Stimulus, _c: GoalContext) -> Outcome:
    return "a card"  # type: ignore[return-value]


async def silent(_b: GoalBuddy, _s: Stimulus, _c: GoalContext) -> Outcome:
    return None


async def test_another_type_and_a_silent_buddy_are_found_out(letters: Subspace) -> None:
    assert "returned str, not Placed" in await reasons(letters, wordless, "buddy-result")
    said = await reasons(letters, silent, "buddy-speaks")
    assert "12 of 12 buddies wrote no card" in said
    assert "had nothing to say" in said


async def test_cards_that_are_nearly_one_another_are_counted(letters: Subspace) -> None:
    first: list[Placed] = []

    async def same(buddy: GoalBuddy, stimulus: Stimulus, context: GoalContext) -> Outcome:
        made = await careful(buddy, stimulus, context)
        if isinstance(made, Placed):
            first.append(made)
        return first[0] if first else made

    assert "are nearly another" in await reasons(letters, same, "near-duplicates")


def test_a_suite_is_one_test_per_rule_and_its_message_teaches(letters: Subspace) -> None:
    class Mine(BuddySuite):
        subspace = letters
        days = 3
        tier = "bronze"
        create: Callable[..., Awaitable[Outcome]] = staticmethod(wordless)

    assert Mine.ammo_rules() == ["buddy-result"]
    with pytest.raises(AssertionError) as told:
        Mine().test_rule("buddy-result")
    for words in ("buddy-result (bronze)", "saw: buddy kit-letters/alpha", "way out: Return one"):
        assert words in str(told.value)
    assert Mine.ammo_checked["buddy-result"].state == "fail"


async def test_a_seed_pack_is_read_sentence_by_sentence() -> None:
    assert coin.seed is not None
    pack = await asyncio.to_thread(unpack, await asyncio.to_thread(coin.seed))
    card = pack.creations[0]
    hook = dataclasses.replace(card.hook, text="Bitcoin rose to $999,999.99.")
    facts = {fact.id: fact for fact in pack.facts}
    study = Study(coin, days=1)
    good = [await false_sentences(c, facts, study, capability="small") for c in pack.creations[:5]]
    assert good == [[]] * 5
    bad = dataclasses.replace(card, hook=hook)
    said = await false_sentences(bad, facts, study, capability="small")
    assert said == ["'Bitcoin rose to $999,999.99.': the number 999,999.99 is in no cited fact"]
