"""Wordings of the calendar: what joins, what was released, what comes round again."""

from ammo_subspace_movie.wordings.build import wording

DAYS = {
    **wording(
        "movie.released",
        frames=(
            "On {date}, {name} was released.",
            "The film {name} was released on {date}.",
            "The release of {name} was on {date}.",
            "{name} came out on {date}.",
            "{name} had a release on {date}.",
        ),
        titles=(
            "{name}, released on {date}",
            "{name} is released",
            "New: {name}",
            "{name} comes out on {date}",
            "Out on {date}: {name}",
            "Released: {name}",
            "{date}: release of {name}",
        ),
        words="release released comes came out new day",
        keeps=("released release out",),
    ),
    **wording(
        "movie.arrival",
        frames=(
            "On {date} the films here were joined by {name} ({year}).",
            "{name}, a film of {year}, joined the films here on {date}.",
            "The {year} film {name} joined the films here on {date}.",
            "The films here were joined by {name} ({year}) on {date}.",
            "{name} ({year}) came to the films here on {date}.",
        ),
        titles=(
            "{name} joins on {date}",
            "New here: {name}",
            "New on {date}: {name} ({year})",
            "{name}, new on {date}",
            "Here now: {name}",
            "A new film here: {name}",
            "{name} joined on {date}",
        ),
        words="new here joined joins join added arrived arrives list shelf",
        keeps=("joined joins came arrived arrives added new", "here"),
    ),
    **wording(
        "movie.anniversary",
        frames=(
            "{name} was released on {released}; on {date} that was {years} ago.",
            "On {date}, the release of {name} on {released} was {years} ago.",
            "It was {years} on {date} since {name} was released on {released}.",
            "{years} had gone by on {date} since {name} was released on {released}.",
            "{name} was {years} old on {date}, released on {released}.",
        ),
        titles=(
            "{years} of {name}",
            "{name} turns {years} old",
            "{years} since {name} was released",
            "{name}: {years} since its release",
            "An anniversary for {name}",
            "{years} ago: {name}",
            "{name}, {years} old on {date}",
        ),
        words="anniversary release released ago since old turns birthday day later",
        keeps=("released release",),
    ),
    **wording(
        "movie.age",
        frames=(
            "{name}, a film of {year}, is {years} old in {now}.",
            "The {year} film {name} is {years} old in {now}.",
            "In {now}, the film {name} ({year}) is {years} old.",
            "In {now}, {name} ({year}) is {years} old.",
            "{name} ({year}) turned {years} old in {now}.",
        ),
        titles=(
            "{name} is {years} old",
            "{years} of {name}",
            "{name} ({year}) is {years} old",
            "{name}: {years} old in {now}",
            "{years} old in {now}: {name}",
            "{name} turns {years} old",
            "A film of {year}: {name} is {years} old",
        ),
        words="old age turns turned birthday round ago year",
        keeps=("old",),
    ),
    **wording(
        "movie.run",
        frames=(
            "In the {window} to {date}, {count} listed under {genre} joined the films here, against {usual} on average.",
            "{count} listed under {genre} were new here in the {window} to {date}, against {usual} on average.",
            "The films here were joined by {count} listed under {genre} in the {window} to {date}, against {usual} on average.",
            "Against {usual} on average, {count} listed under {genre} joined the films here in the {window} to {date}.",
        ),
        titles=(
            "{count} new under {genre}",
            "A run of {genre}: {count} in {window}",
            "{count} in {window} under {genre}",
            "{genre} on a run",
            "Many new films under {genre}",
            "{count} against {usual}: a run of {genre}",
        ),
        words="run new joined many usual average month",
        keeps=("average", "joined new"),
    ),
}
"""Predicate → wording."""
