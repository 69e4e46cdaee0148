"""The rule gate: each flag has two sentences that differ only in it; real facts survive, their corruptions do not."""

import asyncio
import datetime as dt
import re

import pytest
from ammo_subspace_coin.replay import CoinReplay
from ammo_subspace_coin.wordings import WORDINGS

from ammo_agents.goal.gate import judge
from ammo_agents.goal.licence import licence
from ammo_agents.goal.realise import fill
from ammo_agents.ports import FeedOptions, Wording
from ammo_agents.records import (
    Claim,
    Entity,
    EntityId,
    Fact,
    FactId,
    Quantity,
    Source,
    SubspaceId,
)


def quantity(name: str, text: str, unit: str) -> Quantity:
    return Quantity(name=name, value=text, unit=unit, text=text)


FALL = Fact(
    id=FactId("f_fall"),
    subspace=SubspaceId("coin"),
    entity=EntityId("coin/litecoin"),
    predicate="coin.week_down",
    frame="{name} ended the week on {date} at {close}, down {change} from {open} on {open_date}.",
    quantities=(
        quantity("name", "Litecoin", "name"),
        quantity("date", "15 March 2020", "date"),
        quantity("close", "$38.21", "USD"),
        quantity("change", "26.1%", "%"),
        quantity("open", "$51.73", "USD"),
        quantity("open_date", "8 March 2020", "date"),
    ),
    date=dt.date(2020, 3, 15),
    source=Source(name="a table"),
    direction="down",
)
TRUE = "Litecoin ended the week on 15 March 2020 at $38.21, down 26.1% from $51.73 on 8 March 2020."
PROSE = Fact(
    id=FactId("f_prose"),
    subspace=SubspaceId("coin"),
    entity=EntityId("coin/cosmos"),
    predicate="coin.about",
    frame="Cosmos is a network of sovereign blockchains that exchange tokens with each other.",
    quantities=(),
    date=dt.date(2020, 1, 1),
    source=Source(name="a page"),
)


def verdict(text: str, fact: Fact = FALL, wording: Wording | None = None, **how: object) -> str:
    claim = Claim(text=text, facts=(fact.id,))
    return judge(claim, [licence(fact, wording, {})], **how) or ""  # type: ignore[arg-type]


PAIRS = {
    "number": ("$38.21", "$38.22"),
    "date": ("on 15 March 2020 at", "on 16 March 2020 at"),
    "unit": ("26.1%", "26.1"),
    "name": ("Litecoin", "Bitcoin"),
    "direction": ("down", "up"),
    "negation": ("ended the week", "never ended the week"),
    "cause": (" on 8 March 2020.", " on 8 March 2020 because of news."),
    "superlative": ("ended the week", "ended the worst week"),
    "comparison": ("down 26.1%", "down more than 26.1%"),
    "hedge": ("Litecoin ended", "Litecoin probably ended"),
    "number word": ("down 26.1%", "down three times 26.1%"),
    "time": ("ended the week", "ended the Sunday week"),
    "content word": ("the week", "the painful week"),
    "order of amounts": ("at $38.21, down 26.1% from $51.73", "at $51.73, down 26.1% from $38.21"),
    "order of dates": (TRUE, TRUE.replace("15 March", "#").replace("8 March", "15 March").replace("#", "8 March")),
    "place": ("down 26.1% from $51.73", "from 26.1% down $51.73"),
    "left out": (", down 26.1% from $51.73 on 8 March 2020", ""),
    "whole sentence": ("2020.", "2020"),
    "capital": ("Litecoin ended", "ended"),
    "slot left": ("$51.73", "[D]"),
    "markup": ("the week", "the <b>week</b>"),
    "loop": ("the week", "the week the week the week"),
    "said twice": ("26.1%", "26.1% down 26.1%"),
    "person": ("Litecoin ended", "You saw Litecoin ended"),
    "question": ("2020.", "2020?"),
}  # fmt: skip


@pytest.mark.parametrize(("true", "false"), PAIRS.values(), ids=PAIRS)
def test_each_flag_tells_a_pair_of_sentences_apart(true: str, false: str) -> None:
    assert verdict(TRUE) == ""
    assert true in TRUE
    assert verdict(TRUE.replace(true, false)) != ""


def test_a_fact_that_was_not_cited_supports_nothing() -> None:
    assert judge(Claim(text=TRUE, facts=()), []) == "cites no fact"
    assert verdict(TRUE, PROSE) != ""


def test_prose_is_read_near_its_own_words() -> None:
    assert verdict("Cosmos is a network of blockchains that exchange tokens.", PROSE) == ""
    assert "negation" in verdict(
        "Cosmos is not a network of blockchains that exchange tokens.", PROSE
    )
    assert "name" in verdict("Ethereum is a network of blockchains that exchange tokens.", PROSE)
    assert "number" in verdict("Cosmos is a network of 12 blockchains that exchange tokens.", PROSE)
    assert "fraud" in verdict("Cosmos is a network of blockchains that exchange fraud.", PROSE)


@pytest.mark.parametrize(
    "said",
    [
        "Cosmos is a network of tokens that exchange blockchains.",
        "Cosmos is a network of sovereign tokens through a sovereign network.",
        "A network of blockchains is a network of blockchains that exchange tokens.",
        "Blockchains exchange Cosmos with each other.",
    ],
)
def test_a_strict_reading_of_prose_lets_only_extracts_through(said: str) -> None:
    assert verdict(said, PROSE) != ""


def test_a_headline_may_name_its_subject_and_must_not_break_off() -> None:
    cosmos = Entity(id=PROSE.entity, subspace=PROSE.subspace, name="Cosmos")
    known = [licence(PROSE, None, {cosmos.id: cosmos})]
    assert judge(Claim(text="About Cosmos", facts=(PROSE.id,)), known, title=True) is None
    assert judge(Claim(text="About networks", facts=(PROSE.id,)), known, title=True) is not None
    usual = Wording(titles=("{name} falls {change} in a week",))
    assert verdict("Litecoin falls 26.1% in a week", FALL, usual, title=True) == ""
    assert "breaks off" in verdict("Litecoin falls 26.1% in week", FALL, usual, title=True)
    assert verdict("Falls 26.1% in a week", FALL, usual, title=True) != ""


@pytest.mark.parametrize(
    "said", ["Litecoin is the week: 26.1% down", "Litecoin a falls week: 26.1% down"]
)
def test_a_headline_of_true_words_in_a_bad_order_is_refused(said: str) -> None:
    titles = ("{name} falls {change} in a week", "The week in {name}: {change} down")
    usual = Wording(titles=titles)
    assert "grammar" in verdict(said, FALL, usual, title=True)
    assert verdict("The week in Litecoin: 26.1% down", FALL, usual, title=True) == ""


RANGE = Fact(
    id=FactId("f_range"),
    subspace=SubspaceId("edu"),
    entity=EntityId("edu/graphs"),
    predicate="edu.length_effort",
    frame="The curriculum lists {name} with {weeks} at {effort_from} to {effort} a week.",
    quantities=(
        quantity("name", "Graphs", "name"),
        quantity("weeks", "7 weeks", "weeks"),
        quantity("effort_from", "4", "hours"),
        quantity("effort", "6 hours", "hours"),
    ),
    date=dt.date(2020, 3, 15),
    source=Source(name="a table"),
)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Graphs at 4 to 6 hours a week", ""),
        ("Graphs with 7 weeks", ""),
        ("Graphs with 7 weeks at 4 a week", "says one end of a range without the other"),
        ("Graphs with 7 weeks at 6 hours a week", "says one end of a range without the other"),
    ],
)
def test_a_headline_says_both_ends_of_a_range_or_none(said: str, reason: str) -> None:
    titles = (
        "{name} at {effort_from} to {effort} a week",
        "{name} with {weeks}",
        "{name} with {weeks} at {effort_from} a week",
        "{name} with {weeks} at {effort} a week",
    )
    assert verdict(said, RANGE, Wording(titles=titles), title=True) == reason


def test_and_joins_only_what_a_licensed_sentence_joins() -> None:
    assert "join" in verdict(TRUE.replace(", down", " and down"))


def test_a_wording_licenses_what_the_statement_does_not_say() -> None:
    said = TRUE.replace("ended the week", "finished the painful week")
    assert verdict(said) != ""
    assert verdict(said, FALL, Wording(words=frozenset({"finished", "painful"}))) == ""


def test_around_keeps_a_number_behind_its_own_words() -> None:
    frames = ("{name} went from {open} on {open_date} to {close} on {date}, down {change}.",)
    loose = Wording(frames=frames)
    said = "Litecoin went from $51.73 on 8 March 2020 to $38.21 on 15 March 2020, down 26.1%."
    assert verdict(said, FALL, loose) == ""
    strict = Wording(frames=frames, around={"close": ("at", "to"), "open": ("from",)})
    turned = said.replace("from $51.73", "over $51.73")
    assert verdict(said, FALL, strict) == ""
    assert "place" in verdict(turned, FALL, strict) or "word" in verdict(turned, FALL, strict)


def facts_of_a_week() -> list[Fact]:
    async def play() -> list[Fact]:
        world = CoinReplay(FeedOptions(start=dt.date(2020, 3, 9)))
        found: list[Fact] = []
        for _ in range(7):
            found += [f for s in await world.advance() or () for f in s.facts]
            found += [f for s in await world.scheduled() for f in s.facts]
        return list({f.id: f for f in found}.values())

    return asyncio.run(play())


@pytest.fixture(scope="module")
def facts() -> list[Fact]:
    return facts_of_a_week()


def test_every_licensed_wording_of_real_facts_passes(facts: list[Fact]) -> None:
    assert len(facts) > 100
    for fact in facts:
        wording = WORDINGS.get(fact.predicate, Wording())
        for frame in (fact.frame, *wording.frames):
            assert verdict(fill(frame, fact), fact, wording) == "", fill(frame, fact)
        for frame in wording.titles:
            assert verdict(fill(frame, fact), fact, wording, title=True) == "", fill(frame, fact)


def changed(fact: Fact) -> list[str]:
    """One digit of one number changed, for each number."""
    found = []
    for q in fact.quantities:
        digit = re.search(r"\d", q.text)
        if digit and fact.statement.count(q.text) == 1:
            other = str((int(digit.group()) + 1) % 10)
            wrong = q.text[: digit.start()] + other + q.text[digit.end() :]
            if wrong not in fact.statement:
                found.append(fact.statement.replace(q.text, wrong))
    return found


def swapped(fact: Fact) -> list[str]:
    """Two numbers of one fact in each other's place."""
    numbers = [q.text for q in fact.quantities if q.unit != "name"]
    found = []
    for i, a in enumerate(numbers):
        for b in numbers[i + 1 :]:
            if a != b and fact.statement.count(a) == 1 and fact.statement.count(b) == 1:
                turned = fact.statement.replace(a, "\0").replace(b, a).replace("\0", b)
                found.append(turned)
    return found


def renamed(fact: Fact) -> list[str]:
    name = fact.quantities[0].text
    return [fact.statement.replace(name, other) for other in ("Ripple", "Bitcoin") if other != name and other not in fact.statement]  # fmt: skip


def negated(fact: Fact) -> list[str]:
    found = re.sub(r"\b(closed|fell|rose|ended|moved|traded|had|led|was|returned)\b", r"never \1", fact.statement, count=1)  # fmt: skip
    return [found] if found != fact.statement else []


@pytest.mark.parametrize("corrupt", [changed, swapped, renamed, negated])
def test_every_corruption_of_a_real_fact_is_caught(corrupt: object, facts: list[Fact]) -> None:
    tried = 0
    for fact in facts:
        for text in corrupt(fact):  # type: ignore[operator]
            tried += 1
            assert verdict(text, fact, WORDINGS.get(fact.predicate)) != "", text
    assert tried > 100
