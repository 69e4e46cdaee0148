"""A film is found by title and year, as other lists write them."""

import pytest
from ammo_subspace_movie.films import films, find, plain
from ammo_subspace_movie.plugin import movie


@pytest.mark.parametrize(
    ("title", "year", "slug"),
    [
        ("Heat", 1995, "heat-1995"),
        ("heat", 1996, "heat-1995"),
        ("Godfather, The", 1972, "the-godfather-1972"),
        ("Léon (Something Else)", 1972, None),
        ("Psycho", 1960, "psycho-1960"),
        ("Psycho", 1998, "psycho-1998"),
        ("Psycho", 1979, None),
        ("Toy Story", None, "toy-story-1995"),
        ("Psycho", None, None),
        ("Schindlers List", 1993, "schindlers-list-1993"),
        ("", 1995, None),
        ("No Such Film at All", 1995, None),
    ],
)
def test_a_film_is_found_by_its_words_and_the_nearest_year(
    title: str, year: int | None, slug: str | None
) -> None:
    found = find(title, year)
    assert (found.slug if found else None) == slug


def test_every_film_is_found_by_its_own_title_and_year() -> None:
    lost = [film.slug for film in films() if find(film.title, film.year) is None]
    assert lost == []
    other = [film.slug for film in films() if find(film.title, film.year) != film]
    assert len(other) <= 3  # two films of one title and year


def test_titles_are_compared_by_their_words() -> None:
    assert plain("The Matrix") == plain("Matrix, The") == plain("matrix")
    assert plain("Amélie (Fabuleux destin)") == "amelie"
    assert plain("A") == "a"


def test_the_text_of_a_film_begins_with_title_year_and_genres() -> None:
    film = find("Toy Story", 1995)
    assert film is not None
    assert film.text.startswith(
        "Toy Story (1995). Genres: Animated, Comedy. Toy Story is a 1995 American computer-animated"
    )


def test_a_ratings_logs_titles_are_matched_to_films() -> None:
    assert movie.match is not None
    assert movie.match("Godfather, The (1972)", 1972) == "movie/the-godfather-1972"
    assert movie.match("heat", 1996) == "movie/heat-1995"
    assert movie.match("Godfather, The (1972)", 1979) is None
    assert movie.match("No such film at all (1999)", 1999) is None
