"""Words that carry a relation are said, and said once: every shortening and splicing of a true sentence that
lost or doubled one is refused, in every kind of fact that a wording guards."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Iterator

import pytest
from ammo_subspace_coin.wordings import WORDINGS as COIN
from ammo_subspace_movie.frames import FRAMES as MOVIE_FRAMES
from ammo_subspace_movie.plugin import movie
from ammo_subspace_movie.replay import MovieReplay
from ammo_subspace_movie.wordings import WORDINGS as MOVIE

from ammo_agents.goal.gate import judge
from ammo_agents.goal.licence import licence
from ammo_agents.goal.realise import fill
from ammo_agents.ports import FeedOptions, Wording
from ammo_agents.records import Claim, Fact

TOKEN = re.compile(r"\{\w+\}|[\w'’]+|[^\w\s]")
LONGEST = 9
"""Words left out at once."""


async def told(days: int) -> dict[str, Fact]:
    world = MovieReplay(FeedOptions(start=dt.date(2018, 1, 1)))
    found = [*movie.knowledge().facts]
    for _ in range(days):
        for shifts in (await world.advance(), await world.scheduled()):
            found += [fact for shift in shifts or () for fact in shift.facts]
    return {fact.predicate: fact for fact in (*found, *world.knowledge())}


@pytest.fixture(scope="module")
def facts() -> dict[str, Fact]:
    """One fact of each kind that Movie tells in four months."""
    return asyncio.run(told(120))


def verdict(text: str, fact: Fact, wording: Wording, *, title: bool = False) -> str:
    said = Claim(text=text, facts=(fact.id,))
    return judge(said, [licence(fact, wording, {})], title=title) or ""


def joined(parts: list[str]) -> str:
    text = re.sub(r" (?=[,.;:)])|(?<=\() ", "", " ".join(parts))
    return text[:1].upper() + text[1:]


def corrupted(frames: list[list[str]]) -> Iterator[list[str]]:
    """Yield every frame with a run of words left out, and every beginning of one with the end of another."""
    for a in frames:
        for i in range(len(a) - 1):
            for j in range(i + 1, min(len(a) - 1, i + LONGEST) + 1):
                yield a[:i] + a[j:]
        for b in frames:
            for i, word in enumerate(a[:-1]):
                yield from (a[:i] + b[j:] for j, other in enumerate(b[:-1]) if word == other)


@pytest.mark.parametrize(
    ("predicate", "said"),
    [
        ("movie.from_book", "The {year} film {name} is a book by {author}."),
        ("movie.from_play", "The {year} film {name} is a play by {author}."),
        ("movie.from_novel", "The {year} film {name} is a film by a novel by {author}."),
        ("movie.since", "{name}, a film of {year}, is the first film directed by {director} since {before} of {then}."),
        ("movie.genre_director", "{director} directed {count} of the {total} here listed under {genre}, directed more than anybody else."),
        ("movie.genre_director", "{director}, with {count} of the {total} listed under {genre}, more than anybody else."),
        ("movie.genre_peak", "More of the {total} here listed under {genre}, {count} are from the {decade}, more than from any other decade."),
        ("movie.director_count", "{name} ({year}) is one of {count} directed by {director}."),
    ],
)  # fmt: skip
def test_what_a_tiny_model_wrote_without_its_relation_is_refused(
    predicate: str, said: str, facts: dict[str, Fact]
) -> None:
    fact = facts[predicate]
    assert verdict(fill(said, fact), fact, MOVIE[predicate]) != ""
    assert verdict(fact.statement, fact, MOVIE[predicate]) == ""


def test_a_headline_that_doubles_its_relation_is_refused(facts: dict[str, Fact]) -> None:
    fact = facts["movie.debut"]
    said = fill("A debut, a directorial debut: {name} by {director}", fact)
    assert "too often" in verdict(said, fact, MOVIE["movie.debut"], title=True)


@pytest.mark.parametrize("predicate", sorted(MOVIE_FRAMES))
def test_no_shortened_or_spliced_sentence_loses_or_doubles_a_relation(
    predicate: str, facts: dict[str, Fact]
) -> None:
    fact, wording = facts.get(predicate), MOVIE[predicate]
    if fact is None:
        assert wording.keeps  # its facts come with a calendar
        return
    frames = [TOKEN.findall(frame) for frame in (fact.frame, *wording.frames)]
    tried = refused = 0
    for parts in corrupted(frames):
        said = [part.lower() for part in parts]
        counts = [sum(word in group for word in said) for group in wording.keeps]
        if 0 not in counts:
            continue
        tried += 1
        refused += verdict(fill(joined(parts), fact), fact, wording) != ""
    assert tried > 10
    assert refused == tried


@pytest.mark.parametrize("wordings", [COIN, MOVIE], ids=["coin", "movie"])
def test_every_kind_of_fact_guards_a_relation_and_all_its_frames_say_it(
    wordings: dict[str, Wording],
) -> None:
    for predicate, wording in wordings.items():
        assert wording.keeps, predicate
        for group in wording.keeps:
            for frame in wording.frames:
                assert group & {t.lower() for t in TOKEN.findall(frame)}, (predicate, frame)


def test_a_sentence_keeps_licensed_neighbours_and_a_wording_still_adds_words(
    facts: dict[str, Fact],
) -> None:
    fact = facts["movie.director_count"]
    bare = Wording(frames=MOVIE["movie.director_count"].frames)
    assert "grammar" in verdict(fact.statement.replace(" one of ", " of "), fact, bare)
    added = Wording(frames=bare.frames, words=frozenset(["fine"]))
    assert verdict(fact.statement.replace("directed by", "directed fine by"), fact, added) == ""
