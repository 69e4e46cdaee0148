"""Wordings of what an article states: who made a film, who plays in it, what it is based on."""

from ammo_agents.ports import Wording
from ammo_subspace_movie.frames import KINDS, NOTE, PREMISE, source_predicate
from ammo_subspace_movie.wordings.build import wording


def _based(kind: str) -> dict[str, Wording]:
    return wording(
        source_predicate(kind),
        frames=(
            f"The {{year}} film {{name}} is based on a {kind} by {{author}}.",
            f"{{name}}, a film of {{year}}, is based on a {kind} by {{author}}.",
            f"{{name}} is a film of {{year}} based on a {kind} by {{author}}.",
            f"{{name}} ({{year}}) is an adaptation of a {kind} by {{author}}.",
            f"{{name}} ({{year}}) is a film based on a {kind} by {{author}}.",
        ),
        titles=(
            f"{{name}}, after a {kind} by {{author}}",
            f"{{name}}: from a {kind} by {{author}}",
            f"{{name}} is based on a {kind} by {{author}}",
            "From page to film: {name}, by {author}",
            f"The {kind} behind {{name}} is by {{author}}",
            "{name} ({year}), after {author}",
            f"{{name}} and the {kind} by {{author}}",
        ),
        words="adapted adaptation screen page story written writer author",
        keeps=("based adapted adaptation", "is"),
    )


MAKERS: dict[str, Wording] = {
    **wording(
        "movie.film",
        frames=(
            "The {year} film {name} was directed by {director}.",
            "{name}, a film of {year}, was directed by {director}.",
            "{name} ({year}) is a film by {director}.",
            "{name} is a film of {year} by {director}.",
            "The film {name} ({year}) was directed by {director}.",
            "The {year} film {name} is directed by {director}.",
            "{name} was a film of {year} directed by {director}.",
        ),
        titles=(
            "{name}, directed by {director}",
            "{name} by {director}",
            "{name}, a {year} film by {director}",
            "{name}: a film by {director}",
            "{name} ({year}), by {director}",
            "The {year} film {name} by {director}",
            "{name} is a film by {director}",
        ),
        words="director made year",
        keeps=("by", "is was"),
    ),
    **wording(
        "movie.film_two",
        frames=(
            "The {year} film {name} was directed by {director} and {partner}.",
            "{name}, a film of {year}, was directed by {director} and {partner}.",
            "{name} ({year}) is a film by {director} and {partner}.",
            "{name} is a film of {year} by {director} and {partner}.",
            "The film {name} ({year}) was directed by {director} and {partner}.",
        ),
        titles=(
            "{name}, directed by {director} and {partner}",
            "{name} by {director} and {partner}",
            "{name}, a {year} film by {director} and {partner}",
            "{name}: a film by {director} and {partner}",
            "{name} ({year}), by {director} and {partner}",
            "The {year} film {name} by {director} and {partner}",
        ),
        words="directors together made year both",
        keeps=("by", "is was"),
    ),
    **wording(
        "movie.listed",
        frames=(
            "The {year} film {name} is listed under {genre}.",
            "{name}, a film of {year}, is listed under {genre}.",
            "{name} ({year}) is here under {genre}.",
            "The film {name} ({year}) is listed under {genre}.",
        ),
        titles=(
            "{name}, listed under {genre}",
            "{name}: {genre}",
            "{name} is listed under {genre}",
            "{name} ({year}), under {genre}",
            "{name}, a {year} film under {genre}",
            "{name} under {genre}",
        ),
        words="listed genre list",
        keeps=("listed under", "is"),
    ),
    **wording(
        "movie.listed_two",
        frames=(
            "The {year} film {name} is listed under {genre} and {other}.",
            "{name}, a film of {year}, is listed under {genre} and {other}.",
            "{name} ({year}) is here under {genre} and {other}.",
            "The film {name} ({year}) is listed under {genre} and {other}.",
        ),
        titles=(
            "{name}, listed under {genre} and {other}",
            "{name}: {genre} and {other}",
            "{name} is listed under {genre} and {other}",
            "{name} ({year}), under {genre} and {other}",
            "{name}, a {year} film under {genre} and {other}",
            "{name} under {genre} and {other}",
        ),
        words="listed genres list both",
        keeps=("listed under", "is"),
    ),
    **wording(
        "movie.cast",
        frames=(
            "{name} ({year}) is a film with {first} and {second} in its cast.",
            "In the cast of {name} ({year}) are {first} and {second}.",
            "{name}, a film of {year}, has {first} and {second} in its cast.",
            "The {year} film {name} has {first} and {second} in its cast.",
            "The cast of {name} ({year}) has {first} and {second} in it.",
        ),
        titles=(
            "{name}, with {first} and {second}",
            "{name}: {first} and {second} in the cast",
            "{name}, with {first} and {second} in its cast",
            "In the cast of {name}: {first} and {second}",
            "{name} ({year}), with {first} and {second}",
            "Who is in {name}: {first} and {second}",
        ),
        words="cast actors includes include role roles play plays stars star starring features featuring",
        keeps=("cast", "in", "has are is"),
    ),
    **{predicate: made for kind in KINDS for predicate, made in _based(kind).items()},
    **wording(
        PREMISE,
        frames=(
            "The {year} film {name} is about {what}.",
            "{name}, a film of {year}, is about {what}.",
            "The story in {name} ({year}) is about {what}.",
            "The film {name} ({year}) is about {what}.",
            "{name} is a film of {year} about {what}.",
        ),
        titles=(
            "The story of {name}",
            "{name}: the story",
            "The story in {name}",
            "{name} and its story",
            "The story of the {year} film {name}",
            "{name}, a film of {year}: the story",
        ),
        words="story tells told plot follows",
        keeps=("about", "story film", "is"),
    ),
    **wording(
        NOTE,
        frames=(
            "Of {name} ({year}), Wikipedia says that it {said}.",
            "Wikipedia says of the {year} film {name} that it {said}.",
            "Wikipedia says of {name}, a film of {year}, that it {said}.",
            "Of the {year} film {name}, Wikipedia says that it {said}.",
        ),
        titles=(
            "What Wikipedia says of {name}",
            "{name}: what Wikipedia says",
            "Wikipedia says of {name} that it {said}",
            "{name}, as Wikipedia says",
            "Wikipedia on {name}",
            "Wikipedia on {name} of {year}",
        ),
        words="says said article",
        keeps=("says said", "of"),
    ),
    **wording(
        "movie.sequel",
        frames=(
            "The {year} film {name} is a sequel to {other} ({before}).",
            "{name}, a film of {year}, is a sequel to {other} ({before}).",
            "{name} is a film of {year} and a sequel to {other} ({before}).",
            "The film {name} ({year}) is a sequel to {other} ({before}).",
            "The {year} film {name} is a sequel to {other} of {before}.",
        ),
        titles=(
            "{name}, a sequel to {other}",
            "{name} goes on from {other}",
            "{name}: a sequel to {other}",
            "{name} is a sequel to {other} ({before})",
            "The sequel {name}, from {other}",
            "{name} ({year}), a sequel to {other}",
        ),
        words="sequel story continues goes part series",
        keeps=("sequel", "is was"),
    ),
    **wording(
        "movie.money",
        frames=(
            "The {year} film {name} grossed {gross} on a budget of {budget}, {times} the budget.",
            "{name}, a film of {year}, grossed {gross} on a budget of {budget}, {times} the budget.",
            "{name} ({year}) grossed {gross}, {times} its budget of {budget}.",
            "On a budget of {budget}, {name} ({year}) grossed {gross}, {times} the budget.",
            "With a budget of {budget}, {name} ({year}) grossed {gross}, {times} the budget.",
        ),
        titles=(
            "{name} grossed {times} its budget",
            "{name} grossed {gross}",
            "{name}: {gross} on a budget of {budget}",
            "{times} the budget: {name}",
            "{name}, {gross} on {budget}",
            "{name} ({year}) grossed {gross}",
        ),
        words="gross grossed money box office cost budget paid",
        keeps=("grossed gross", "budget"),
    ),
    **wording(
        "movie.debut",
        frames=(
            "The {year} film {name} is the directorial debut of {director}.",
            "{name}, a film of {year}, is the directorial debut of {director}.",
            "{name} ({year}) is the debut of its director {director}.",
            "The film {name} ({year}) is the directorial debut of {director}.",
            "{name} is a film of {year} and the directorial debut of {director}.",
        ),
        titles=(
            "{name}, the debut of {director}",
            "{name}: the directorial debut of {director}",
            "{name} is the debut of {director}",
            "{name} ({year}), a debut by {director}",
            "A debut: {name} by {director}",
            "{name}, a directorial debut by {director}",
        ),
        words="debut director directing directed began begins",
        keeps=("debut", "is was"),
    ),
}
"""Predicate → wording."""
