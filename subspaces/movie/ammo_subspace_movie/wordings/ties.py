"""Wordings of what a film shares with the films here."""

from ammo_subspace_movie.wordings.build import wording

TIES = {
    **wording(
        "movie.director_count",
        frames=(
            "The {year} film {name} is one of {count} here directed by {director}.",
            "{name}, a film of {year}, is one of {count} here directed by {director}.",
            "One of {count} here is {name} ({year}), directed by {director}.",
            "With {name} ({year}), there are {count} here directed by {director}.",
            "{name} ({year}) is among {count} here directed by {director}.",
        ),
        titles=(
            "{name}, one of {count} by {director}",
            "{count} here by {director}",
            "{name}: {count} here by {director}",
            "{name} is one of {count} by {director}",
            "Like {name}: {count} by {director}",
            "{name} ({year}), one of {count} by {director}",
        ),
        words="one among director there them",
    ),
    **wording(
        "movie.actor_count",
        frames=(
            "The {year} film {name} is one of {count} here with {actor} in the listed cast.",
            "{name}, a film of {year}, is one of {count} here with {actor} in the listed cast.",
            "{name} ({year}) is among {count} here with {actor} in the listed cast.",
            "One of {count} here is {name} ({year}), with {actor} in the listed cast.",
            "With {name} ({year}), there are {count} here with {actor} in the listed cast.",
        ),
        titles=(
            "{name}, one of {count} with {actor}",
            "{name}: {count} here with {actor}",
            "{name} is one of {count} with {actor}",
            "{name} ({year}), one of {count} with {actor}",
            "{name}, with {actor} in the listed cast",
            "{name} has {actor} in the listed cast",
        ),
        words="listed one among cast there them",
    ),
    **wording(
        "movie.together",
        frames=(
            "The {year} film {name} is one of {count} here directed by {director} with {actor} in the listed cast.",
            "{name}, a film of {year}, is one of {count} here directed by {director} with {actor} in the listed cast.",
            "{name} ({year}) is among {count} here directed by {director} with {actor} in the listed cast.",
            "With {name} ({year}), there are {count} here directed by {director} with {actor} in the listed cast.",
        ),
        titles=(
            "{name}: {director} with {actor}",
            "{name}, one of {count} by {director} with {actor}",
            "{name}, by {director} with {actor}",
            "{name} ({year}), by {director} with {actor}",
            "{name}: {count} here by {director} with {actor}",
            "{name} is by {director} with {actor}",
        ),
        words="listed one among cast together there them both",
    ),
    **wording(
        "movie.since",
        frames=(
            "The {year} film {name} is the first film here directed by {director} since {before} ({then}).",
            "{name}, a film of {year}, is the first film here directed by {director} since {before} ({then}).",
            "{name} ({year}) is the first film here by {director} since {before} ({then}).",
            "The {year} film {name} is the first film here directed by {director} since {before} of {then}.",
            "{name}, a film of {year}, is the first film here by {director} since {before} of {then}.",
        ),
        titles=(
            "{name}: {director}, first since {before}",
            "{name}, the first by {director} since {before}",
            "{name} ({year}), by {director}, first since {then}",
            "{name}: the first film here by {director} since {then}",
            "{name} is the first by {director} since {then}",
            "{name}, the first here by {director} since {before} ({then})",
        ),
        words="first since comes after return returns",
    ),
    **wording(
        "movie.blend",
        frames=(
            "The {year} film {name} is one of {count} here listed under both {genre} and {other}.",
            "{name}, a film of {year}, is one of {count} here listed under both {genre} and {other}.",
            "{name} ({year}) is among {count} here listed under both {genre} and {other}.",
            "One of {count} here is {name} ({year}), listed under both {genre} and {other}.",
            "With {name} ({year}), there are {count} here listed under both {genre} and {other}.",
        ),
        titles=(
            "{name}: both {genre} and {other}",
            "{name}, one of {count} under both {genre} and {other}",
            "{name}, listed under {genre} and {other}",
            "{name} is both {genre} and {other}",
            "{name} ({year}), under {genre} and {other}",
            "{name}: {count} here are both {genre} and {other}",
        ),
        words="one both among listed mix blend there them",
    ),
}
"""Predicate → wording."""
