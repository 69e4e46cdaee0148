"""What the opening of an article states about its film: the facts that hold on any day."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from ammo_agents.records import Fact, Quantity
from ammo_subspace_movie import display
from ammo_subspace_movie.films import Film
from ammo_subspace_movie.frames import FRAMES, NOTE, PREMISE, source_predicate
from ammo_subspace_movie.people import genre_id, ids_of, predecessors
from ammo_subspace_movie.tell import BEGINNING, tell

SCALES = {"million": 1e6, "billion": 1e9}
SAID = 1.6
"""Surprise of what an article says in its own words, in nats: about one film in five has a sentence of the kind."""
MADE = 0.4
"""Surprise of who directed a film, in nats: a little more than of who plays in it."""
ONE_IN_TWENTY = 3.0
"""Surprise of a debut or of a known sum: about one film in twenty has one."""
ONE_IN_TEN = 2.3
"""Surprise of a sequel or of a film after a book: about one film in ten."""


def headline(film: Film, day: dt.date = BEGINNING) -> Fact:
    """Return who directed a film and of which year it is."""
    director, *others = film.directors
    said = [
        display.name("name", film.title),
        display.year("year", film.said_year),
        display.name("director", director),
    ]
    said += [display.name("partner", other) for other in others]
    return tell(
        "movie.film_two" if others else "movie.film",
        film.id,
        day,
        said,
        surprise=MADE,
        mentions=ids_of(film.directors),
        source=film.origin,
    )


def more(film: Film, day: dt.date = BEGINNING) -> list[Fact]:
    """Return everything else that the opening states, most surprising first."""
    makers = (premise, note, cast, based_on, sequel, money, debut, released, listed)
    found = [fact for maker in makers if (fact := maker(film, day)) is not None]
    return sorted(found, key=lambda f: (-f.surprise, f.predicate))


def premise(film: Film, day: dt.date = BEGINNING) -> Fact | None:
    """Return what the story is about, in the article's words."""
    if not film.premise:
        return None
    said = (*_which(film), display.name("what", film.premise))
    return tell(PREMISE, film.id, day, said, surprise=SAID, source=film.origin)


def note(film: Film, day: dt.date = BEGINNING) -> Fact | None:
    """Return one more thing that the article says of a film, in its words."""
    if not film.note:
        return None
    said = (*_which(film), display.name("said", film.note))
    return tell(NOTE, film.id, day, said, surprise=SAID, source=film.origin)


def cast(film: Film, day: dt.date = BEGINNING) -> Fact | None:
    """Return the first two actors of the cast list whom the opening names."""
    players = [a for a in film.cast if a not in film.directors][:2]
    if len(players) < 2:
        return None
    said = (*_which(film), display.name("first", players[0]), display.name("second", players[1]))
    mentions = ids_of(players)
    return tell("movie.cast", film.id, day, said, mentions=mentions, source=film.origin)


def based_on(film: Film, day: dt.date = BEGINNING) -> Fact | None:
    """Return the kind and the author of the work a film is based on."""
    if film.source is None or source_predicate(film.source[0]) not in FRAMES:
        return None
    kind, author = film.source
    said = (*_which(film), display.name("author", author))
    return tell(source_predicate(kind), film.id, day, said, surprise=ONE_IN_TEN, source=film.origin)


def sequel(film: Film, day: dt.date = BEGINNING) -> Fact | None:
    """Return which film here it is a sequel to."""
    before = predecessors().get(film.id)
    if before is None:
        return None
    said = (
        *_which(film),
        display.name("other", before.title),
        display.year("before", before.said_year),
    )
    return tell(
        "movie.sequel",
        film.id,
        day,
        said,
        surprise=ONE_IN_TEN,
        mentions=(before.id,),
        source=film.origin,
    )


def money(film: Film, day: dt.date = BEGINNING) -> Fact | None:
    """Return what a film grossed, its budget, and how often one goes into the other."""
    if film.money is None:
        return None
    factor = dollars(film.money[0]) / dollars(film.money[1])
    if round(factor, 1) < 0.1:
        return None
    said = (
        *_which(film),
        display.money("gross", film.money[0]),
        display.money("budget", film.money[1]),
        display.times("times", factor),
    )
    surprise = ONE_IN_TWENTY + abs(math.log(factor)) / 2
    return tell("movie.money", film.id, day, said, surprise=surprise, source=film.origin)


def debut(film: Film, day: dt.date = BEGINNING) -> Fact | None:
    """Return that a film is the debut of its director."""
    if not film.debut:
        return None
    said = (*_which(film), display.name("director", film.directors[0]))
    mentions = ids_of(film.directors)
    return tell(
        "movie.debut",
        film.id,
        day,
        said,
        surprise=ONE_IN_TWENTY,
        mentions=mentions,
        source=film.origin,
    )


def released(film: Film, day: dt.date = BEGINNING) -> Fact | None:
    """Return the day a film was released, if that day is not ahead."""
    if film.released is None or film.released > day:
        return None
    said = (display.name("name", film.title), display.date("date", film.released))
    return tell("movie.released", film.id, day, said, source=film.origin)


def listed(film: Film, day: dt.date = BEGINNING) -> Fact:
    """Return the first genres a film is listed under, two at most."""
    genre, *others = film.genres[:2]
    said = [*_which(film), display.name("genre", genre)]
    said += [display.name("other", other) for other in others]
    predicate = "movie.listed_two" if others else "movie.listed"
    mentions = [genre_id(name) for name in (genre, *others)]
    return tell(predicate, film.id, day, said, mentions=mentions, source=film.origin)


def dollars(text: str) -> float:
    """Return an amount as written in US dollars: ``$70.2 million`` → 70200000."""
    number, scale = text.lstrip("$").split()
    return float(number) * SCALES[scale]


def _which(film: Film) -> Sequence[Quantity]:
    """Return the slots that say which film is meant."""
    return (display.name("name", film.title), display.year("year", film.said_year))
