"""Wordings of what counting says about genres, decades and directors."""

from ammo_subspace_movie.wordings.build import wording

COUNTS = {
    **wording(
        "movie.genre_size",
        frames=(
            "Of the {total} here, {count} are listed under {genre}.",
            "Listed under {genre} here are {count} of the {total}.",
            "There are {count} of the {total} here listed under {genre}.",
            "{count} of the {total} here have {genre} as a genre.",
        ),
        titles=(
            "{count} of {total} here under {genre}",
            "{genre}: {count} of {total} here",
            "How many here are listed under {genre}: {count}",
            "{count} here under {genre}",
            "Under {genre}: {count} of {total} here",
            "{genre} has {count} of {total} here",
        ),
        words="many how listed genre number",
        keeps=("here", "listed genre", "are have"),
    ),
    **wording(
        "movie.genre_peak",
        frames=(
            "Of the {total} here listed under {genre}, {count} are from the {decade}, more than from any other decade.",
            "More of the {total} here listed under {genre} are from the {decade} than from any other decade, {count}.",
            "From the {decade} are {count} of the {total} here listed under {genre}, more than from any other decade.",
            "{count} of the {total} here listed under {genre} date from the {decade}, more than from any other decade.",
        ),
        titles=(
            "{genre} and the {decade}",
            "{genre}: {count} here from the {decade}",
            "From the {decade}: {count} here under {genre}",
            "{count} of {total} here under {genre} are from the {decade}",
            "{genre}: more here from the {decade} than from any other decade",
            "{genre}, {count} of {total} here from the {decade}",
        ),
        words="more most than any decade listed genre",
        keeps=("here", "listed", "more", "than"),
    ),
    **wording(
        "movie.genre_director",
        frames=(
            "{director} directed {count} of the {total} listed under {genre} here, more than anybody else.",
            "{director} made {count} of the {total} here listed under {genre}, more than anybody else.",
            "{director}, with {count} of the {total} here listed under {genre}, directed more than anybody else.",
            "{director} is the director of {count} of the {total} here listed under {genre}, more than anybody else.",
        ),
        titles=(
            "{director} directed {count} here under {genre}",
            "{director}: {count} of {total} here under {genre}",
            "{director} leads here under {genre}",
            "{director} and {genre}",
            "{director} has {count} of {total} here under {genre}",
            "{director} made {count} here under {genre}",
        ),
        words="more most than anybody else director listed genre leads",
        keeps=("here", "listed", "more", "than", "directed made director"),
    ),
    **wording(
        "movie.era_genre",
        frames=(
            "Of the {total} here from the {decade}, {count} are listed under {genre}, more than under any other genre.",
            "Of all {total} here from the {decade}, {count} are listed under {genre}, more than under any other genre.",
            "Listed under {genre} are {count} of the {total} here from the {decade}, more than under any other genre.",
            "Under {genre} are listed {count} of the {total} here from the {decade}, more than under any other genre.",
        ),
        titles=(
            "The {decade} and {genre}",
            "The {decade}: {count} of {total} here under {genre}",
            "{count} of {total} here from the {decade} under {genre}",
            "From the {decade}: {count} here under {genre}",
            "The {decade}: more here under {genre} than under any other genre",
            "Under {genre}: {count} of {total} here from the {decade}",
        ),
        words="more most than any genre listed decade",
        keeps=("here", "listed", "more", "than"),
    ),
    **wording(
        "movie.career",
        frames=(
            "There are {count} here directed by {director}, from {first} ({start}) to {last} ({end}).",
            "{director} made {count} here, from {first} ({start}) to {last} ({end}).",
            "{director} is the director of {count} here, from {first} ({start}) to {last} ({end}).",
            "{director} directed {count} here, from {first} of {start} to {last} of {end}.",
            "{director} made {count} here, from {first} of {start} to {last} of {end}.",
        ),
        titles=(
            "{director}: {count} here from {start} to {end}",
            "{director}, from {first} to {last}",
            "{count} here by {director}",
            "{director} made {count} here",
            "{director}: films here from {start} to {end}",
            "{director}: from {first} ({start}) to {last} ({end})",
        ),
        words="director made films career years",
        keeps=("here", "directed made director there"),
    ),
    **wording(
        "movie.favourite",
        frames=(
            "{director} made {count} here with {actor} in the listed cast, more than with anybody else.",
            "{director} has {count} here with {actor} in the listed cast, more than with anybody else.",
            "There are {count} here directed by {director} with {actor} in the listed cast, more than with anybody else.",
            "{director} is the director of {count} here with {actor} in the listed cast, more than with anybody else.",
        ),
        titles=(
            "{director} and {actor}: {count} here",
            "{director} directed {count} here with {actor}",
            "{director} with {actor}: {count} here",
            "{count} here by {director} with {actor}",
            "{director} and {actor}",
            "{director}: {count} here with {actor} in the listed cast",
        ),
        words="listed more most than anybody else cast together director",
        keeps=("here", "directed made director has there", "cast", "more", "than"),
    ),
}
"""Predicate → wording."""
