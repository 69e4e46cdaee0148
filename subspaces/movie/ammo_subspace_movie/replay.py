"""The world of this subspace as history: films join day by day, others come round again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache

from ammo_agents.errors import BadInputError
from ammo_agents.ports import FeedOptions
from ammo_agents.records import EntityId, Fact, Shift, digest
from ammo_subspace_movie import display, groups
from ammo_subspace_movie.arrivals import FIRST, LAST, arrivals, certain
from ammo_subspace_movie.facts import headline, more
from ammo_subspace_movie.films import MOVIE, Film, by_id, films
from ammo_subspace_movie.frames import NOTE
from ammo_subspace_movie.people import decade_of, era_id, genre_id, ids_of, persons
from ammo_subspace_movie.shelf import Shelf, shipped_shelf
from ammo_subspace_movie.tell import COUNTED, tell
from ammo_subspace_movie.ties import ties

START = FIRST
"""Where a newcomer begins: the first day on which a film joins."""
RECENT = 7
"""Days that `knowledge` looks back for what happened."""
SPOTLIGHTS = 2
"""Older films that come round on a day."""
ONCE_A_YEAR = 5.9
"""Surprise of a day that a film has once a year, in nats: ln 365."""
SETTLED = 180
"""Days after which it is told what a new film earned, won, or was said to be."""
LATE = frozenset([NOTE, "movie.money"])
"""What is not known on the day a film joins."""
HEADLINES = frozenset(["movie.film", "movie.film_two"])
NAMING_DIRECTOR = frozenset(["movie.director_count", "movie.since", "movie.together"])
ENOUGH = 2
"""Facts of its own that a card needs beside a tie."""
ROUND, OLD = 5, 10
"""Years: an anniversary is told when this divides it; an age without a day from ten years on."""


class MovieReplay:
    """Replays the calendar; the same start gives the same facts, and nothing looks ahead.

    Opening reads a packed file and counts every film once (about a second): open it in a thread.

    Raises:
        BadInputError: a start outside the days, or a slug in `only` that nothing here has.
    """

    def __init__(self, options: FeedOptions, *, shelf: Shelf | None = None) -> None:
        start = options.start or START
        if not FIRST <= start <= LAST + dt.timedelta(days=1):
            raise BadInputError(
                f"the movie subspace cannot start on {start}: its days run from {FIRST} to {LAST}",
                hint=f"Take a day from {FIRST} to {LAST}.",
            )
        self._keep = kept(options.only)
        self._shelf = shelf or shipped_shelf()
        self._day = start - dt.timedelta(days=1)
        self._joining: dict[dt.date, list[Film]] = {}
        for id, day in arrivals().items():
            if id in self._keep:
                self._joining.setdefault(day, []).append(by_id()[id])
        old = [film for film in films() if not film.new and film.id in self._keep]
        # A fixed order that no list, alphabet or year shows through.
        self._round = sorted(old, key=lambda film: digest(film.slug))
        self._birthdays = [film for film in films() if film.released and film.id in self._keep]
        self._standing = [fact for film in old for fact in more(film)]
        self._told: dict[dt.date, list[Shift]] = {}
        self._groups: dict[int, list[Fact]] = {}
        self._known: tuple[dt.date, Sequence[Fact]] | None = None

    def day(self) -> dt.date:
        """Return the day the world has reached; the day before the start at first."""
        return self._day

    async def advance(self) -> Sequence[Shift] | None:
        """Move one day on and return the films that join and the genres on a run; None at the end."""
        if self._day >= LAST:
            return None
        self._day += dt.timedelta(days=1)
        return self._happened(self._day)

    async def scheduled(self) -> Sequence[Shift]:
        """Return the round anniversaries of this day, and the older films whose turn it is."""
        day = self._day
        told = [shift for film in self._birthdays if (shift := self._anniversary(film, day))]
        seen = {shift.entity for shift in told}
        told += [self._spotlight(film, day) for film in self._due(day) if film.id not in seen]
        return _ordered(told)

    def knowledge(self) -> Sequence[Fact]:
        """Return what happened in seven days, what counting said at the turn of the year, and what articles say.

        Newest first; of films that have not joined yet there is nothing. Asked for many times a day.
        """
        if self._known is None or self._known[0] != self._day:
            self._known = (self._day, self._know())
        return self._known[1]

    def _know(self) -> Sequence[Fact]:
        happened = [
            fact
            for back in range(RECENT)
            for shift in self._happened(self._day - dt.timedelta(days=back))
            for fact in shift.facts
        ]
        joined = [
            fact
            for day, joining in self._joining.items()
            if day <= self._day
            for film in joining
            for fact in (*stated(film, day), *settled(film, day, self._day))
        ]
        joined.sort(key=lambda f: (-f.date.toordinal(), -f.surprise, f.id))
        counted = self._counted(self._day.year - 1)
        due = {film.id for film in self._due(self._day)}  # told anew today
        standing = [fact for fact in self._standing if fact.entity not in due]
        unique = {f.id: f for f in (*happened, *joined, *counted, *standing)}
        return sorted(unique.values(), key=lambda f: -f.date.toordinal())

    def _due(self, day: dt.date) -> list[Film]:
        """Return the older films whose turn it is."""
        turn = (day - FIRST).days * SPOTLIGHTS
        due = [self._round[(turn + n) % len(self._round)] for n in range(SPOTLIGHTS) if self._round]
        return list(dict.fromkeys(due))

    def _happened(self, day: dt.date) -> list[Shift]:
        """Return the shifts of one day; the last days are kept."""
        if day < FIRST:
            return []
        if day not in self._told:
            self._told[day] = self._compute(day)
            for old in [d for d in self._told if abs((d - day).days) > RECENT]:
                del self._told[old]
        return self._told[day]

    def _compute(self, day: dt.date) -> list[Shift]:
        shifts = [self._arrival(film, day) for film in self._joining.get(day, ())]
        for key in self._shelf.keys("genre"):
            fact = groups.run(self._shelf, str(key[1]), day)
            if fact is not None and fact.entity in self._keep:
                shifts.append(_shift(fact.entity, day, [fact]))
        return _ordered(shifts)

    def _arrival(self, film: Film, day: dt.date) -> Shift:
        known = certain(film) == day
        said = [display.name("name", film.title)]
        said += [] if known else [display.year("year", film.said_year)]
        news = tell(
            "movie.released" if known else "movie.arrival",
            film.id,
            day,
            (*said, display.date("date", day)),
            surprise=ONCE_A_YEAR,
            mentions=tied(film),
            source=film.origin if known else COUNTED,
        )
        return _shift(film.id, day, [news, *self._about(film, day, stated(film, day))])

    def _about(self, film: Film, day: dt.date, known: Sequence[Fact]) -> list[Fact]:
        """Return what is known of a film with the most surprising thing it shares with others.

        One tie to a card: the rest of it should say what the film is, and the director once.
        """
        tie = ties(self._shelf, film, day)[:1]
        said = bool({fact.predicate for fact in tie} & NAMING_DIRECTOR) and len(known) > ENOUGH
        return [*tie, *(f for f in known if not said or f.predicate not in HEADLINES)]

    def _anniversary(self, film: Film, day: dt.date) -> Shift | None:
        then = film.released
        if then is None or (then.month, then.day) != (day.month, day.day):
            return None
        years = day.year - then.year
        if years < 1 or years % ROUND:
            return None
        said = (
            display.name("name", film.title),
            display.date("date", day),
            display.count("years", years, "years"),
            display.date("released", then),
        )
        fact = tell(
            "movie.anniversary",
            film.id,
            day,
            said,
            surprise=ONCE_A_YEAR,
            mentions=tied(film),
            source=film.origin,
        )
        return _shift(film.id, day, [fact, *self._about(film, day, told_again(film, day))])

    def _spotlight(self, film: Film, day: dt.date) -> Shift:
        told = self._about(film, day, told_again(film, day))
        years = day.year - film.said_year
        if years % ROUND == 0 and years >= OLD:
            said = (
                display.name("name", film.title),
                display.year("year", film.said_year),
                display.count("years", years, "years"),
                display.year("now", day.year),
            )
            told.append(tell("movie.age", film.id, day, said, surprise=1.6, mentions=tied(film)))
        return _shift(film.id, day, told)

    def _counted(self, year: int) -> list[Fact]:
        """Return what counting says of every group at the end of a year."""
        if year not in self._groups:
            facts = groups.yearly(self._shelf, dt.date(year, 12, 31))
            self._groups[year] = [f for f in facts if f.entity in self._keep]
        return self._groups[year]


@cache
def stated(film: Film, day: dt.date) -> tuple[Fact, ...]:
    """Return what the article states of a film and its first audience knew, dated with that day."""
    return (headline(film, day), *(f for f in more(film, day) if f.predicate not in LATE))


def settled(film: Film, joined: dt.date, today: dt.date) -> tuple[Fact, ...]:
    """Return what became of a film, once it has been here for `SETTLED` days."""
    since = joined + dt.timedelta(days=SETTLED)
    if since > today:
        return ()
    return tuple(f for f in more(film, since) if f.predicate in LATE)


def told_again(film: Film, day: dt.date) -> list[Fact]:
    """Return what the article states as something told today."""
    return [headline(film, day), *(f for f in more(film, day) if f.predicate != "movie.released")]


def tied(film: Film) -> tuple[EntityId, ...]:
    """Return the entities a film hangs together with."""
    groups_of = (*(genre_id(g) for g in film.genres), era_id(decade_of(film)))
    return (*ids_of(film.directors), *groups_of, *ids_of(film.cast))


def kept(only: Sequence[str]) -> frozenset[EntityId]:
    """Return what slugs name and every film tied to it; none = all. Raises `BadInputError` for an unknown slug."""
    every = {film.id: (film.id, *tied(film)) for film in films()}
    known = {id for ids in every.values() for id in ids} | set(persons().values())
    if not only:
        return frozenset(known)
    wanted = {EntityId(f"{MOVIE}/{slug}") for slug in only}
    unknown = sorted(id.partition("/")[2] for id in wanted - known)
    if unknown:
        raise BadInputError(
            f"the movie subspace has no {', '.join(map(repr, unknown))}",
            hint="See what there is: ammo subspace list, ammo buddy list --subspace movie.",
        )
    return frozenset(wanted | {id for id, ids in every.items() if wanted & set(ids)})


def _shift(entity: EntityId, day: dt.date, told: Sequence[Fact]) -> Shift:
    best_first = tuple(sorted(told, key=lambda f: (-f.surprise, f.predicate, f.id)))
    return Shift(subspace=MOVIE, entity=entity, date=day, facts=best_first)


def _ordered(shifts: Sequence[Shift]) -> list[Shift]:
    return sorted(shifts, key=lambda s: (-s.surprise, s.entity))
