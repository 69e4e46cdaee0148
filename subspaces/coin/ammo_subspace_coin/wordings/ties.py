"""Wordings of ties: volume, relative strength, correlation and breadth."""

from ammo_subspace_coin.wordings.build import ON, both, wording

TIES = {
    **wording(
        "coin.volume",
        frames=(
            "On {date}, {name} traded {volume}, {times} its daily average of {usual} over the {window} before.",
            "The volume of {name} came to {volume} on {date}, {times} the daily average of {usual} over the {window} before.",
            "Trade in {name} came to {volume} on {date}; the daily average of the {window} before was {usual}, and this was {times} that.",
            "{name} changed hands for {volume} on {date}, {times} the average day of {usual} in the {window} before.",
            "With {volume} traded on {date}, {name} saw {times} its daily average of {usual} over the {window} before.",
        ),
        titles=(
            "{name} trades {times} its daily average",
            "{volume} of {name} in a day",
            "A busy day for {name}: {volume}",
            "{times} the usual volume in {name}",
            "Volume spike in {name}",
            "{name} volume reaches {volume}",
            "Heavy trade in {name} on {date}",
        ),
        words="volume volumes trade trades trading traded turnover busy busier heavy heavier high higher spike spiked usual usually typical normal "
        "unusual unusually large larger average reached reaching previous prior earlier past compared hands changed total amount",
        keeps=("average", "traded volume trade hands"),
        around={
            "volume": ("traded", "trades", "of", "to", "for", "with", "reached", "was", "at"),
            "usual": ("of", "was", "average"),
            "date": ON,
        },
    ),
    **both(
        ("coin.lead", "coin.lag"),
        frames=(
            "In the {window} to {date}, {name} returned {change}, {lead} [more|less] than {other} with {other_change}.",
            "{name} [beat|trailed] {other} by {lead} in the {window} to {date}, with {change} against {other_change}.",
            "Over the {window} to {date}, {name} came to {change} and {other} to {other_change}, {lead} apart.",
            "With {change} in the {window} to {date}, {name} ended {lead} [ahead of|behind] {other} with {other_change}.",
            "{name} returned {change} and {other} {other_change} in the {window} to {date}, a difference of {lead}.",
        ),
        titles=(
            "{name} [beats|trails] {other} by {lead}",
            "{name} {change}, {other} {other_change}",
            "{name} [runs ahead of|falls behind] {other}",
            "{window}: {name} against {other}",
            "{lead} [ahead|behind]: {name}",
            "{name} [outpaces|lags] {other} over {window}",
            "{name} and {other} are {lead} apart",
        ),
        words="return returns returned [beat|trail] [beats|trails] [ahead|behind] [outpace|lag] [outpaced|lagged] [outperformed|underperformed] [stronger|weaker] "
        "[better|worse] [more|less] than difference apart against compared versus gap period month",
        keeps=("[more|less] [beat|trailed] apart [ahead|behind] difference",),
        around={"other_change": ("with", "against", "to", "other", "for", "by"), "date": ON},
    ),
    **both(
        ("coin.coupled", "coin.decoupled"),
        frames=(
            "The daily returns of {name} and {other} had a correlation of {now} over the {window} to {date}, [above|below] the average of {usual} over the {history} before.",
            "{name} moved [more|less] closely with {other}: a correlation of {now} over the {window} to {date}, [above|below] the average of {usual} over the {history} before.",
            "The correlation of {name} with {other} was {now} over the {window} to {date}, [up|down] from an average of {usual} over the {history} before.",
            "With a correlation of {now} over the {window} to {date}, {name} kept [nearer to|further from] {other} than its average of {usual} over the {history} before.",
            "{name} and {other} had daily returns with a correlation of {now} in the {window} to {date}, [above|below] the {usual} on average over the {history} before.",
        ),
        titles=(
            "{name} moves [more|less] with {other}",
            "{name} and {other}: correlation {now}",
            "{name} [tied closer to|less tied to] {other}",
            "Correlation of {name} with {other} at {now}",
            "How {name} moved with {other}",
            "From {usual} to {now}: {name} and {other}",
            "A [closer|looser] tie of {name} to {other}",
        ),
        words="correlation correlated returns moved move moves closely [closer|looser] [nearer|further] tie [above|below] "
        "[more|less] average previous prior past earlier than",
        keeps=(
            "correlation",
            "[above|below] [up|down] [nearer|further]",
        ),
        around={"now": ("of", "at", "was", "to"), "usual": ("of", "from", "the", "than")},
    ),
    **both(
        ("coin.breadth_up", "coin.breadth_down"),
        frames=(
            "On {date}, {[risers|fallers]} of {total} [rose|fell], with a median move of {median}.",
            "{date} was a [green|red] day for {[risers|fallers]} of {total}, with a median move of {median}.",
            "With a median move of {median}, {[risers|fallers]} of {total} closed [higher|lower] on {date}.",
            "{[risers|fallers]} of {total} closed [up|down] on {date}; the median move was {median}.",
            "The median move was {median} on {date}, when {[risers|fallers]} of {total} [rose|fell].",
        ),
        titles=(
            "{[risers|fallers]} of {total} [rise|fall]",
            "A [green|red] day: {[risers|fallers]} of {total}",
            "Nearly everything [rises|falls] on {date}",
            "The market moves {median}",
            "{[risers|fallers]} of {total} close [up|down]",
            "One direction for {[risers|fallers]} of {total}",
            "A day of [gains|losses] for {[risers|fallers]} of {total}",
        ),
        words="median move moved moves broad broadly nearly most market coins together direction across",
        keeps=(
            "[rose|fell] [green|red] [up|down] [higher|lower]",
            "median",
        ),
        around={"median": ("of", "was", "move", "moves"), "total": ("of",)},
    ),
}
"""Predicate → wording."""
