"""The canonical sentence of every predicate. A frame holds no digit; names keep one order in all wordings.

The order matters: a reader of *A was directed by B* must never be told that A directed B.
"""

from __future__ import annotations

KINDS = ("novel", "book", "play", "short story", "memoir")
"""Works a film may be based on, in the words of a frame."""


def source_predicate(kind: str) -> str:
    """Return the predicate of films based on a work of this kind: ``movie.from_short_story``."""
    return f"movie.from_{kind.replace(' ', '_')}"


FRAMES: dict[str, str] = {
    "movie.film": "{name} is a {year} film directed by {director}.",
    "movie.film_two": "{name} is a {year} film directed by {director} and {partner}.",
    "movie.listed": "{name} ({year}) is listed under {genre}.",
    "movie.listed_two": "{name} ({year}) is listed under {genre} and {other}.",
    "movie.cast": "{name} ({year}) has {first} and {second} in its cast.",
    **{
        source_predicate(kind): f"{{name}} ({{year}}) is based on a {kind} by {{author}}."
        for kind in KINDS
    },
    "movie.premise": "The story of {name} ({year}) is about {what}.",
    "movie.note": "Wikipedia says of {name} ({year}) that it {said}.",
    "movie.sequel": "{name} ({year}) is a sequel to {other} ({before}).",
    "movie.money": "{name} ({year}) grossed {gross} on a budget of {budget}, {times} the budget.",
    "movie.debut": "{name} ({year}) is the directorial debut of {director}.",
    "movie.released": "{name} was released on {date}.",
    "movie.arrival": "{name} ({year}) joined the films here on {date}.",
    "movie.anniversary": "On {date} it was {years} since {name} was released on {released}.",
    "movie.age": "{name} ({year}) is {years} old in {now}.",
    "movie.director_count": "{name} ({year}) is one of {count} here directed by {director}.",
    "movie.actor_count": "{name} ({year}) is one of {count} here with {actor} in the listed cast.",
    "movie.together": "{name} ({year}) is one of {count} here directed by {director} with {actor} in the listed cast.",
    "movie.since": "{name} ({year}) is the first film here directed by {director} since {before} ({then}).",
    "movie.blend": "{name} ({year}) is one of {count} here listed under both {genre} and {other}.",
    "movie.genre_size": "{count} of the {total} here are listed under {genre}.",
    "movie.genre_peak": "{count} of the {total} here listed under {genre} are from the {decade}, more than from any other decade.",
    "movie.genre_director": "{director} directed {count} of the {total} here listed under {genre}, more than anybody else.",
    "movie.era_genre": "{count} of the {total} here from the {decade} are listed under {genre}, more than under any other genre.",
    "movie.career": "{director} directed {count} here, from {first} ({start}) to {last} ({end}).",
    "movie.favourite": "{director} directed {count} here with {actor} in the listed cast, more than with anybody else.",
    "movie.run": "{count} listed under {genre} joined the films here in the {window} to {date}, against {usual} on average.",
}

PREMISE = "movie.premise"
"""What a story is about, in the article's own words: a slot, so that it is told whole or not at all."""
NOTE = "movie.note"
"""One more thing that the article says of a film, in its own words; a slot as well."""
