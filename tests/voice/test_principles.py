"""Principles are checked like claims: what the vocabulary says, sentence by sentence and card by card (W23)."""

import asyncio
from dataclasses import replace

import pytest

from ammo_agents.authoring import buddy_file
from ammo_agents.errors import BadInputError
from ammo_agents.goal.graph import create
from ammo_agents.goal.lexicon import DOWN
from ammo_agents.goal.principles import Charter, Said, named_in
from ammo_agents.records import (
    Claim,
    Entity,
    EntityId,
    Placed,
    Quantity,
    Rejected,
    SubspaceId,
    principle_of,
    principles_of,
)


def person(name: str) -> Entity:
    slug = name.lower().replace(" ", "-")
    return Entity(id=EntityId(f"coin/{slug}"), subspace=SubspaceId("coin"), name=name)


PUBLIC = {e.id: e for e in (person("Satoshi Nakamoto"), person("Paul Krugman"), person("Bitcoin"))}

BREAKS = [
    ("no advice", "Buy Bitcoin before the week ends."),
    ("no advice", "Bitcoin fell 9.0%; sell it."),
    ("no advice", "You should hold Bitcoin."),
    ("no advice", "Investors must sell Bitcoin now."),
    ("no advice", "It is time to buy Bitcoin."),
    ("no advice", "Bitcoin is a strong buy."),
    ("no advice", "Don't miss the course on welding."),
    ("no advice", "Apply for the post of nurse today."),
    ("no forecasts", "Bitcoin will rise."),
    ("no forecasts", "Bitcoin may recover."),
    ("no forecasts", "Analysts expect a rise of Bitcoin."),
    ("no forecasts", "Bitcoin is set to rise next week."),
    ("no superlatives without a number", "Bitcoin had its worst day."),
    ("no superlatives without a number", "Bitcoin is the greatest coin on 8 March 2020."),
    ("no superlatives without a number", "The strongest coin of 2020 was Bitcoin."),
    ("no names of private persons", "Mary Jones sold her Bitcoin."),
    ("no names of private persons", "A pupil of Dr. Miller left the course."),
    ("no names of private persons", "Write to mary.jones@example.org about Bitcoin."),
    ("no names of private persons", "The Peter Smith of Bitcoin left."),
    ("at most 6 words a sentence", "Bitcoin fell 9.0% to $8,108.12 on 8 March."),
    ("avoid: moon, to the stars", "Bitcoin flew past both moons."),
    ("avoid: moon, to the stars", "Bitcoin went to the stars."),
    ("Avoid: CRASH", "Bitcoin crashed on 8 March 2020."),
]
KEEPS = [
    ("no advice", "Bitcoin fell 9.0% on 8 March 2020."),
    ("no advice", "The course lets people apply what they learn."),
    ("no advice", "A seller must hold a licence."),
    ("no forecasts", "On 8 May 2020 Bitcoin fell."),
    ("no forecasts", "In May the goodwill of Bitcoin fell."),
    ("no superlatives without a number", "Bitcoin lost 9.0%, its worst day since December."),
    ("no superlatives without a number", "The interest in forest courses fell."),
    ("no names of private persons", "Satoshi Nakamoto wrote the paper on Bitcoin."),
    ("no names of private persons", "Paul Krugman doubts Bitcoin."),
    ("no names of private persons", "South Korea and Central Bank rules hold."),
    ("at most 6 words a sentence", "Bitcoin fell 9.0% on Sunday."),
    ("avoid: moon, to the stars", "Bitcoin closed lower among the stars."),
    ("avoid: rose", "Bitcoin gained 9.0% on 8 March 2020."),
]


async def why(text: str, sentence: str, *, title: bool = False, facts: object = ()) -> str | None:
    charter = Charter(individual=(principle_of(text),))
    said = Said(text=sentence, title=title, facts=tuple(facts), entities=PUBLIC)  # type: ignore[arg-type]
    return await charter.fault(said)


@pytest.mark.parametrize(("principle", "sentence"), BREAKS)
async def test_a_sentence_that_breaks_a_principle_is_named_with_it(principle, sentence) -> None:
    reason = await why(principle, sentence)
    assert reason is not None
    assert named_in(reason) == principle


@pytest.mark.parametrize(("principle", "sentence"), KEEPS)
async def test_a_sentence_that_keeps_a_principle_passes(principle, sentence) -> None:
    assert await why(principle, sentence) is None


async def test_both_sides_of_a_fact_are_named(shift) -> None:
    fact = replace(
        shift.facts[0],
        frame="Bitcoin fell while Paul Krugman spoke.",
        quantities=(),
        mentions=(EntityId("coin/paul-krugman"),),
    )
    one = await why("name both sides", "Bitcoin fell.", facts=[fact])
    assert one is not None and "'Paul Krugman' is not named" in one  # noqa: PT018 - one statement
    assert await why("name both sides", fact.statement, facts=[fact]) is None
    assert await why("name both sides", "Bitcoin falls", facts=[fact], title=True) is None


def test_a_superlative_may_stand_beside_a_number_of_its_fact(shift) -> None:
    number = Quantity(name="rank", value=3, unit="place", text="third")
    fact = replace(shift.facts[0], quantities=(number,))
    text = "no superlatives without a number"
    assert asyncio.run(why(text, "It was the third largest fall.", facts=[fact])) is None


CARD = [
    ("at most 20 words", "23 words"),
    ("at least 4 facts", "cites 3"),
    ("at least 2 sources", "cites 1"),
    ("say the date", "no sentence says a date of its facts"),
]


@pytest.mark.parametrize(("principle", "reason"), CARD)
def test_a_whole_card_is_held_to_its_principles(principle, reason, shift) -> None:
    facts = {f.id: f for f in shift.facts[:3]}
    words = ["Bitcoin falls hard today", "Bitcoin fell by a lot today while others held on"]
    claims = [Claim(text=words[0], facts=tuple(facts)), Claim(text=words[1], facts=tuple(facts))]
    claims.append(Claim(text="Bitcoin had one more very hard long day.", facts=tuple(facts)))
    claims[2] = replace(claims[2], text="Bitcoin had one more very hard long day it seems.")
    found = Charter(collective=(principle_of(principle),)).whole(claims, facts)
    assert found is not None
    assert named_in(found) == principle
    if principle != "at most 20 words":
        assert reason in found


def test_the_date_may_be_said_in_words_or_as_the_fact_says_it(shift) -> None:
    fact = shift.facts[0]
    charter = Charter(individual=(principle_of("Say the date."),))
    for said in ("8 March 2020", "March 8, 2020", "2020-03-08"):
        claim = Claim(text=f"Bitcoin fell on {said}.", facts=(fact.id,))
        assert charter.whole([claim], {fact.id: fact}) is None


def test_what_is_too_much_is_left_out_from_the_end() -> None:
    def claim(n: int) -> Claim:
        return Claim(text=" ".join(["word"] * n), facts=())

    charter = Charter(individual=(principle_of("at most 20 words"),))
    assert len(charter.fitting(claim(5), claim(5), [claim(5), claim(5), claim(5)])) == 2
    assert len(charter.fitting(claim(15), claim(15), [claim(5), claim(5)])) == 1


UNREADABLE = [
    ("", "0 letters"),
    ("x" * 301, "301 letters"),
    ("at most 3 words", "no card can keep"),
    ("avoid: , ,", "names no word"),
    ("Be kind to beginners", "nothing can check the principle 'Be kind to beginners'"),
    ("at most many words", "nothing can check"),
]


@pytest.mark.parametrize(("text", "reason"), UNREADABLE)
def test_a_principle_that_nothing_can_check_is_refused_with_the_list(text, reason) -> None:
    with pytest.raises(BadInputError, match=reason) as refused:
        principles_of([text], owner="coin/dry")
    if "nothing can check" in reason:
        assert "coin/dry" in refused.value.message
        assert "“no advice”" in refused.value.hint


def test_a_checker_that_weighs_free_words_makes_them_readable() -> None:
    found = principles_of(["Be kind", "no advice"], owner="x", free=lambda text: text == "Be kind")
    assert [one.kind for one in found] == ["free", "no advice"]


class Kind:
    """Finds a text kind that says so; raises, hangs or answers junk where asked."""

    name = "kind/words"

    def weighs(self, principle: str) -> bool:
        return principle == "Be kind"

    async def entails(self, premise: str, claim: str) -> float:
        return 1.0

    async def keeps(self, principle: str, text: str) -> float:
        if "raise" in text:
            raise ValueError("out of order")
        if "junk" in text:
            return "yes"  # type: ignore[return-value]
        return float("nan") if "nan" in text else 0.9 if "kind" in text else 0.1


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("A kind word.", None),
        ("A harsh word.", "kind/words gives it 0.1"),
        ("They raise it.", "failed: ValueError: out of order"),
        ("All junk.", "'yes'"),
        ("It is nan.", "nan"),
    ],
)
async def test_free_words_are_weighed_by_a_judge_and_a_failing_one_keeps_nothing(
    sentence, reason
) -> None:
    charter = Charter(individual=(principle_of("Be kind"),), judges=[Kind()])
    found = await charter.fault(Said(text=sentence, title=False, facts=(), entities={}))
    assert (found is None) if reason is None else reason in (found or "")


async def test_a_principle_chooses_another_wording_or_drops_the_sentence(
    buddy, stimulus, context
) -> None:
    plain = await create(buddy, stimulus, context())
    assert isinstance(plain, Placed)
    said = plain.creation.text.lower().split()
    word = next((w for w in said if w in DOWN), "took")
    charter = Charter(collective=(principle_of(f"avoid: {word}"),))
    found = await create(buddy, stimulus, context(charter=charter))
    assert isinstance(found, Placed)
    assert f" {word} " not in f" {found.creation.text.lower()} "


async def test_a_card_that_cannot_keep_its_principle_is_rejected_with_it(
    buddy, stimulus, context
) -> None:
    charter = Charter(individual=(principle_of("avoid: bitcoin"),))
    found = await create(buddy, stimulus, context(charter=charter))
    assert isinstance(found, Rejected)
    assert found.stage == "ground"
    assert named_in(found.reason) == "avoid: bitcoin"


async def test_a_file_with_a_principle_no_card_can_keep_is_refused_with_its_line(tmp_path) -> None:
    path = tmp_path / "dry.md"
    text = '+++\nspace = "coin"\nentity = "bitcoin"\nprinciples = ["at most 3 words"]\n+++\nTell.\n'
    with pytest.raises(BadInputError, match="no card can keep the principle") as refused:
        buddy_file.parse(text, path)
    assert "dry.md" in refused.value.message
    assert "4" in refused.value.message
    kept = buddy_file.parse(text.replace("at most 3 words", "Be kind"), path)
    assert kept.principles == ("Be kind",)
