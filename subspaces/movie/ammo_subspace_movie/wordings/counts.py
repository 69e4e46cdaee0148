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
            "{count} of {total} under {genre}",
            "{genre}: {count} of {total}",
            "How many here are listed under {genre}: {count}",
            "{count} here under {genre}",
            "Under {genre}: {count} of {total}",
            "{genre} has {count} of {total}",
        ),
        words="many how listed genre number",
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
            "{genre}: {count} from the {decade}",
            "From the {decade}: {count} under {genre}",
            "{count} of {total} under {genre} are from the {decade}",
            "{genre}: more from the {decade} than from any other decade",
            "{genre}, {count} of {total} from the {decade}",
        ),
        words="more most than any decade listed genre",
    ),
    **wording(
        "movie.genre_director",
        frames=(
            "{director} directed {count} of the {total} listed under {genre} here, more than anybody else.",
            "{director} made {count} of the {total} here listed under {genre}, more than anybody else.",
            "{director}, with {count} of the {total} here listed under {genre}, directed more than anybody else.",
            "With {director} as director are {count} of the {total} here listed under {genre}, more than anybody else.",
        ),
        titles=(
            "{director} directed {count} under {genre}",
            "{director}: {count} of {total} under {genre}",
            "{director} leads under {genre}",
            "{director} and {genre}",
            "{director}, {count} of {total} under {genre}",
            "{director} made {count} under {genre}",
        ),
        words="more most than anybody else director listed genre leads",
    ),
    **wording(
        "movie.era_genre",
        frames=(
            "Of the {total} here from the {decade}, {count} are listed under {genre}, more than under any other genre.",
            "From the {decade} there are {total} here, and {count} are listed under {genre}, more than under any other genre.",
            "Listed under {genre} are {count} of the {total} here from the {decade}, more than under any other genre.",
            "Under {genre} are listed {count} of the {total} here from the {decade}, more than under any other genre.",
        ),
        titles=(
            "The {decade} and {genre}",
            "The {decade}: {count} of {total} under {genre}",
            "{count} of {total} from the {decade} under {genre}",
            "From the {decade}: {count} under {genre}",
            "The {decade}: more under {genre} than any other genre",
            "{total} from the {decade}, {count} under {genre}",
        ),
        words="more most than any genre listed decade",
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
            "{director}: {count} from {start} to {end}",
            "{director}, from {first} to {last}",
            "{count} here by {director}",
            "{director} made {count}",
            "{director}, {start} to {end}",
            "{director}: from {first} ({start}) to {last} ({end})",
        ),
        words="director made films career years",
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
            "{director} and {actor}: {count}",
            "{director} directed {count} with {actor}",
            "{director} with {actor}: {count}",
            "{count} by {director} with {actor}",
            "{director} and {actor}",
            "{director}: {count} with {actor} in the listed cast",
        ),
        words="listed more most than anybody else cast together director",
    ),
}
"""Predicate → wording."""
