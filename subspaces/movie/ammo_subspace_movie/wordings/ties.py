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
            "{name}, one of {count} here by {director}",
            "{count} here by {director}",
            "{name}: {count} here by {director}",
            "{name} is one of {count} here by {director}",
            "Like {name}: {count} here by {director}",
            "{name} ({year}), one of {count} here by {director}",
        ),
        words="one among director there them",
        keeps=("one among with", "here", "directed director", "is are"),
    ),
    **wording(
        "movie.actor_count",
        frames=(
            "The {year} film {name} is one of {count} here with {actor} in the listed cast.",
            "{name}, a film of {year}, is one of {count} here with {actor} in the listed cast.",
            "{name} ({year}) is among {count} here with {actor} in the listed cast.",
            "One of {count} here is {name} ({year}), with {actor} in the listed cast.",
            "Together with {name} ({year}), there are {count} here with {actor} in the listed cast.",
        ),
        titles=(
            "{name}, one of {count} here with {actor}",
            "{name}: {count} here with {actor}",
            "{name} is one of {count} here with {actor}",
            "{name} ({year}), one of {count} here with {actor}",
            "{name}, with {actor} in the listed cast",
            "{name} has {actor} in the listed cast",
        ),
        words="listed one among cast together there them",
        keeps=("one among together", "here", "cast", "is are"),
    ),
    **wording(
        "movie.together",
        frames=(
            "The {year} film {name} is one of {count} here directed by {director} with {actor} in the listed cast.",
            "{name}, a film of {year}, is one of {count} here directed by {director} with {actor} in the listed cast.",
            "{name} ({year}) is among {count} here directed by {director} with {actor} in the listed cast.",
            "Together with {name} ({year}), there are {count} here directed by {director} with {actor} in the listed cast.",
        ),
        titles=(
            "{name}: {director} with {actor}",
            "{name}, one of {count} here by {director} with {actor}",
            "{name}, by {director} with {actor}",
            "{name} ({year}), by {director} with {actor}",
            "{name}: {count} here by {director} with {actor}",
            "{name} is by {director} with {actor}",
        ),
        words="listed one among cast together there them both",
        keeps=("one among together", "here", "directed director", "cast", "is are"),
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
            "{name}: the first here by {director} since {before}",
            "{name}, the first here by {director} since {before}",
            "{name} ({year}), the first here by {director} since {then}",
            "{name}: the first film here by {director} since {then}",
            "{name} is the first here by {director} since {then}",
            "{name}, the first here by {director} since {before} ({then})",
        ),
        words="first since comes after return returns",
        keeps=("first", "here", "since", "is"),
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
            "{name}, one of {count} here under both {genre} and {other}",
            "{name}, listed under {genre} and {other}",
            "{name} is both {genre} and {other}",
            "{name} ({year}), under {genre} and {other}",
            "{name}: {count} here are both {genre} and {other}",
        ),
        words="one both among listed mix blend there them",
        keeps=("one among with", "here", "listed under", "is are"),
    ),
}
"""Predicate → wording."""
