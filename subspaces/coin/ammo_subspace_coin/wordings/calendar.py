"""Wordings of the calendar: the week's best and worst coin, halvings and their anniversaries."""

from ammo_subspace_coin.wordings.build import ON, both, wording

CALENDAR = {
    **both(
        ("coin.best_week", "coin.worst_week"),
        frames=(
            "In the week to {date}, {name} [gained|lost] the most of {total}, {change}.",
            "Of {total}, {name} [gained|lost] the most in the week to {date}, with {change}.",
            "{name} had the [best|worst] week of {total}, [up|down] {change} in the week to {date}.",
            "The [largest gain|largest loss] among {total} in the week to {date} was {change}, by {name}.",
            "{name} came [first|last] of {total} in the week to {date}, [up|down] {change}.",
        ),
        titles=(
            "{name} has the [best|worst] week of {total}",
            "[Best|Worst] of {total}: {name}",
            "{name} [leads|trails] the week with {change}",
            "[Winner|Loser] of the week: {name}",
            "The [best|worst] week: {name}, [up|down] {change}",
            "{name} [tops|ends] the table of {total}",
            "{name} [first|last] of {total} in the week to {date}",
        ),
        words="week weekly most [best|worst] [first|last] [largest|largest] [biggest|biggest] [lead|trail] [leads|trails] [led|trailed] [top|bottom] "
        "[strongest|weakest] [winner|loser] among coins",
        keeps=("most [best|worst] [first|last] [largest|largest]",),
        around={"total": ("of", "among"), "date": ON},
    ),
    **wording(
        "coin.halving",
        frames=(
            "On {date}, the block reward of {name} halved from {before} to {after}.",
            "{name} halved its block reward from {before} to {after} on {date}.",
            "A block of {name} paid {after} instead of {before} once its reward halved on {date}.",
            "The halving of {name} on {date} cut the block reward from {before} to {after}.",
        ),
        titles=(
            "{name} halves its block reward",
            "Halving day for {name}",
            "{name}: from {before} to {after}",
            "The block reward of {name} falls to {after}",
            "A halving on {date}: {name}",
            "{after} per block: {name} halves",
            "{name} and its halving of {date}",
        ),
        words="halving halved halve halves block blocks reward rewards cut half miners miner pays paid earn earns schedule supply new lower reduced",
        keeps=(
            "halved halving",
            "reward",
        ),
        around={"before": ("from", "of", "was"), "after": ("to", "paid", "pays")},
    ),
    **wording(
        "coin.halving_anniversary",
        frames=(
            "{years} have gone by on {date} since the block reward of {name} halved on {halved}.",
            "The block reward of {name} halved on {halved}; on {date} that was {years} ago.",
            "On {date}, the halving of {name} on {halved} was {years} ago.",
            "It was {years} on {date} since {name} halved its block reward on {halved}.",
        ),
        titles=(
            "{years} since a halving of {name}",
            "{name}: {years} after the halving",
            "An anniversary for {name}",
            "{years} ago {name} halved its reward",
            "Remembering {halved}: the halving of {name}",
            "{name} marks {years} since a halving",
        ),
        words="anniversary halving halved halve block reward ago since later passed years remember marks marked day",
        keeps=(
            "halved halving",
            "since ago",
        ),
        around={"halved": ("on", "of", "since")},
    ),
}
"""Predicate → wording."""
