"""Facts recomputed from the bare lines of the data, and the ways in which they may not be turned round."""

import gzip
import json
from collections import Counter
from importlib import resources

import pytest
from ammo_subspace_movie.arrivals import arrivals
from ammo_subspace_movie.facts import headline, more
from ammo_subspace_movie.films import by_id, films, find
from ammo_subspace_movie.plugin import movie

from ammo_agents.goal.gate import judge
from ammo_agents.goal.licence import licence
from ammo_agents.records import Claim, Fact

LINES = [
    json.loads(line)
    for line in gzip.decompress(
        resources.files("ammo_subspace_movie").joinpath("data", "films.jsonl.gz").read_bytes()
    ).splitlines()
]


def said(fact: Fact, slot: str) -> str:
    return next(q.text for q in fact.quantities if q.name == slot)


def number(fact: Fact, slot: str) -> int:
    return int(float(next(q.value for q in fact.quantities if q.name == slot)))


def here(fact: Fact) -> list[dict[str, object]]:
    """Return the lines of the films that were here on the fact's day."""
    days = arrivals()
    return [
        line
        for line, film in zip(LINES, films(), strict=True)
        if film.id not in days or days[film.id] <= fact.date
    ]


def test_what_is_stated_of_one_film_is_told_in_plain_words() -> None:
    film = find("Toy Story", 1995)
    assert film is not None
    assert headline(film).statement == "Toy Story is a 1995 film directed by John Lasseter."
    told = {f.predicate: f.statement for f in more(film)}
    assert told["movie.cast"] == "Toy Story (1995) has Tim Allen and Tom Hanks in its cast."
    assert headline(film).source.name == "Wikipedia contributors, “Toy Story”"
    assert headline(film).source.licence == "CC BY-SA 4.0"


@pytest.mark.parametrize(
    ("predicate", "slots"),
    [
        ("movie.director_count", {"directors": "director"}),
        ("movie.actor_count", {"cast": "actor"}),
        ("movie.together", {"directors": "director", "cast": "actor"}),
        ("movie.favourite", {"directors": "director", "cast": "actor"}),
        ("movie.genre_size", {"genres": "genre"}),
        ("movie.career", {"directors": "director"}),
        ("movie.genre_director", {"directors": "director", "genres": "genre"}),
    ],
)
def test_a_count_is_what_a_plain_loop_over_the_data_counts(
    facts: list[Fact], predicate: str, slots: dict[str, str]
) -> None:
    told = [f for f in facts if f.predicate == predicate][:25]
    assert told
    for fact in told:
        wanted = {field: said(fact, slot) for field, slot in slots.items()}
        count = sum(
            all(name in line.get(field, []) for field, name in wanted.items())  # type: ignore[operator]
            for line in here(fact)
        )
        assert number(fact, "count") == count, fact.statement


def test_two_genres_that_few_films_share_are_counted(facts: list[Fact]) -> None:
    told = [f for f in facts if f.predicate == "movie.blend"][:25]
    assert told
    for fact in told:
        pair = {said(fact, "genre"), said(fact, "other")}
        assert number(fact, "count") == sum(pair <= set(line["genres"]) for line in here(fact))  # type: ignore[call-overload]


def test_a_return_skips_no_film_in_between(facts: list[Fact]) -> None:
    told = [f for f in facts if f.predicate == "movie.since"]
    assert told
    for fact in told:
        years = sorted(
            line["said_year"] for line in here(fact) if said(fact, "director") in line["directors"]
        )  # type: ignore[type-var]
        assert years[-1] == number(fact, "year")
        assert years[-2] == number(fact, "then")


def test_a_superlative_has_no_rival(facts: list[Fact]) -> None:
    told = [f for f in facts if f.predicate == "movie.era_genre"]
    assert told
    for fact in told:
        decade = number(fact, "decade")
        counted = Counter(
            genre
            for line in here(fact)
            if int(str(line["said_year"])) // 10 * 10 == decade
            for genre in dict.fromkeys(line["genres"])  # type: ignore[call-overload]
        )
        (best, most), (_, second) = counted.most_common(2)
        assert (best, most) == (said(fact, "genre"), number(fact, "count"))
        assert most > second


def test_a_run_counts_the_films_of_thirty_days_against_the_year_before(facts: list[Fact]) -> None:
    told = [f for f in facts if f.predicate == "movie.run"]
    assert told
    for fact in told:
        genre = said(fact, "genre")
        joined = [
            (fact.date - day).days for id, day in arrivals().items() if genre in by_id()[id].genres
        ]
        usual = sum(30 <= days < 395 for days in joined) * 30 / 365
        assert number(fact, "count") == sum(0 <= days < 30 for days in joined)
        assert said(fact, "usual") == f"{usual:.1f}"
        assert number(fact, "count") > usual


def test_a_decade_that_leads_a_genre_has_no_rival(facts: list[Fact]) -> None:
    told = [f for f in facts if f.predicate == "movie.genre_peak"]
    assert told
    for fact in told:
        counted = Counter(
            int(str(line["said_year"])) // 10 * 10
            for line in here(fact)
            if said(fact, "genre") in line["genres"]  # type: ignore[operator]
        )
        assert counted[number(fact, "decade")] == number(fact, "count")
        assert all(
            count < number(fact, "count")
            for decade, count in counted.items()
            if decade != number(fact, "decade")
        )


def test_each_fact_names_films_and_people_of_the_graph(facts: list[Fact]) -> None:
    for fact in facts:
        if fact.entity in by_id():
            assert by_id()[fact.entity].title in fact.statement


@pytest.mark.parametrize(
    "line",
    [
        "Heat is a 1995 film by Al Pacino.",
        "The 1995 film Michael Mann was directed by Heat.",
        "Heat directed Michael Mann in 1995.",
        "Heat is a film of 1995.",
        "Heat was directed by Michael Mann.",
    ],
)
def test_who_made_what_may_not_be_turned_round_or_left_out(line: str) -> None:
    film = find("Heat", 1995)
    assert film is not None
    fact = headline(film)
    rules = [licence(fact, movie.wordings[fact.predicate], {})]
    assert judge(Claim(text=line, facts=(fact.id,)), rules) is not None
    whole = Claim(text="The 1995 film Heat was directed by Michael Mann.", facts=(fact.id,))
    assert judge(whole, rules) is None


def test_a_count_without_its_director_is_refused(facts: list[Fact]) -> None:
    fact = next(f for f in facts if f.predicate == "movie.director_count")
    rules = [licence(fact, movie.wordings[fact.predicate], {})]
    cut = f"{said(fact, 'name')} ({said(fact, 'year')}) is one of {said(fact, 'count')} here directed."
    assert judge(Claim(text=cut, facts=(fact.id,)), rules) is not None
