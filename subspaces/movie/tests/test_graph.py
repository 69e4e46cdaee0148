"""The knowledge graph, the buddies born from it, and who speaks for what has no buddy."""

from collections import Counter

from ammo_subspace_movie.films import films
from ammo_subspace_movie.plugin import movie

from ammo_agents.records import EntityId, Knowledge
from ammo_agents.round.roster import voices_of


def test_every_film_is_an_entity_with_its_text_and_its_article(known: Knowledge) -> None:
    entities = {e.id: e for e in known.entities}
    for film in films():
        entity = entities[film.id]
        assert entity.summary == film.text
        assert entity.source is not None
        assert film.article in entity.source.name


def test_edges_tie_a_film_to_its_director_genres_cast_and_decade(known: Knowledge) -> None:
    ends = {(e.kind, e.target) for e in known.edges if e.source == "movie/annie-hall-1977"}
    assert {
        ("directed_by", "movie/woody-allen"),
        ("has_in_cast", "movie/diane-keaton"),
        ("from_the", "movie/1970s"),
        ("listed_under", "movie/comedy"),
    } <= ends


def test_a_few_dozen_buddies_are_born_of_genres_directors_and_decades(known: Knowledge) -> None:
    assert movie.buddies is not None
    born = movie.buddies(known)
    kinds = Counter(next(e.kind for e in known.entities if e.id == b.entity) for b in born)
    assert set(kinds) == {"genre", "person", "era"}
    assert 30 <= len(born) <= 60
    assert all(0 < len(b.neighbours) <= 48 for b in born)


def test_every_film_has_a_buddy_that_speaks_for_it_its_director_before_its_genre(
    known: Knowledge,
) -> None:
    assert movie.buddies is not None
    spoken = voices_of(known, {b.id: b for b in movie.buddies(known)})
    assert {film.id for film in films()} <= set(spoken)
    assert [b.id for b in spoken[EntityId("movie/annie-hall-1977")]] == ["movie/woody-allen"]
