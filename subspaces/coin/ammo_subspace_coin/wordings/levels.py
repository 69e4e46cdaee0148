"""Wordings of levels: highs, lows, drawdowns, pegs and first days."""

from ammo_subspace_coin.wordings.build import ON, both, wording

LEVELS = {
    **both(
        ("coin.high", "coin.low"),
        frames=(
            "On {date}, {name} closed at {close}, its [highest|lowest] close in {span}.",
            "At {close}, {name} had its [highest|lowest] close in {span} on {date}.",
            "{name} ended {date} at {close}; no close in {span} was [higher|lower].",
            "The close of {name} on {date} was {close}, the [highest|lowest] in {span}.",
            "{name} reached {close} on {date}, its [highest|lowest] close in {span}.",
        ),
        titles=(
            "{name} at its [highest|lowest] close in {span}",
            "[Highest|Lowest] close in {span}: {name}",
            "{name} reaches {close}, [highest|lowest] in {span}",
            "{close}: {name} at its [highest|lowest] in {span}",
            "{name} not this [high|low] in {span}",
            "{span} without a [higher|lower] close: {name}",
            "No close of {name} in {span} was [higher|lower]",
        ),
        words="[high|low] [highest|lowest] [higher|lower] reach reached reaches new since past last [top|bottom]",
        keeps=("[highest|lowest] [higher|lower]",),
        around={
            "close": ("at", "to", "was", "reached", "of"),
            "span": ("in", "for", "of", "a", "past", "last"),
        },
    ),
    **both(
        ("coin.record_high", "coin.record_low"),
        frames=(
            "On {date}, {name} closed at {close}, its [highest|lowest] close in the price history that begins on {since}.",
            "At {close}, {name} had the [highest|lowest] close on {date} of the price history that begins on {since}.",
            "{name} ended {date} at {close}; no close was [higher|lower] in the price history that begins on {since}.",
            "{name} reached {close} on {date}, the [highest|lowest] close since this price history begins on {since}.",
            "The close of {name} on {date} was {close}, the [highest|lowest] in the price history that begins on {since}.",
        ),
        titles=(
            "{name} at a record [high|low] of {close}",
            "Record [high|low] for {name}",
            "{name} closes at {close}, a record",
            "{close}: the [highest|lowest] close of {name} since {since}",
            "{name} never closed [higher|lower] in these prices",
            "{name} sets a record [high|low] on {date}",
            "A new [high|low] for {name}: {close}",
        ),
        words="[high|low] [highest|lowest] [higher|lower] record records reach reached reaches new history since never begins began beginning set sets",
        keeps=(
            "[highest|lowest] [higher|lower]",
            "that since",
        ),
        around={"close": ("at", "to", "was", "reached", "of"), "since": ("on", "since", "from")},
    ),
    **wording(
        "coin.drawdown",
        frames=(
            "On {date}, {name} closed at {close}, {depth} below its peak of {peak} on {peak_date}.",
            "{name} stood at {close} on {date}, {depth} under the peak of {peak} it reached on {peak_date}.",
            "From its peak of {peak} on {peak_date}, {name} had fallen {depth} to {close} by {date}.",
            "{name} closed at {close} on {date}, down {depth} from its peak of {peak} on {peak_date}.",
            "At {close} on {date}, {name} was {depth} lower than at its peak of {peak} on {peak_date}.",
        ),
        titles=(
            "{name} is {depth} below its peak",
            "{name} falls {depth} from its peak",
            "From {peak} to {close}: {name}",
            "{depth} off the peak: {name}",
            "{name} down {depth} from {peak}",
            "{name} at {close}, {depth} under its peak",
            "How far {name} fell from {peak}",
        ),
        words="peak high highest top below under beneath fall fell fallen falls falling drop dropped drops slide slid decline declined lower down "
        "lost loss drawdown deep far since reached earlier deeper",
        keeps=(
            "below under fallen down lower",
            "peak",
        ),
        around={
            "close": ("at", "to"),
            "peak": ("of", "from"),
            "peak_date": ("on", "of", "since"),
            "date": ON,
        },
    ),
    **both(
        ("coin.peg_above", "coin.peg_below"),
        frames=(
            "On {date}, {name} closed at {close}, {gap} [above|below] its peg of {peg}.",
            "{name} left its peg of {peg} and closed at {close} on {date}, {gap} [above|below] it.",
            "At {close}, {name} stood {gap} [above|below] its peg of {peg} on {date}.",
            "{name} ended {date} at {close}, {gap} [more|less] than its peg of {peg}.",
            "With a close of {close} on {date}, {name} was {gap} [above|below] its peg of {peg}.",
        ),
        titles=(
            "{name} leaves its peg by {gap}",
            "{name} at {close}: {gap} [over|under] the peg",
            "The peg of {name} bends by {gap}",
            "{name} closes {gap} [above|below] {peg}",
            "{name} off its peg on {date}",
            "A dollar that closed at {close}: {name}",
            "{gap} [above|below] the peg: {name}",
        ),
        words="peg pegged dollar [above|below] [over|under] [more|less] off away gap distance left bent bends leave leaves stable stablecoin",
        keeps=("[above|below] [over|under] [more|less]",),
        around={"close": ("at", "of", "to"), "peg": ("of", "from", "than")},
    ),
    **wording(
        "coin.peg_held",
        frames=(
            "On {date}, {name} closed at {close}, {gap} away from its peg of {peg}.",
            "{name} kept near its peg of {peg} and closed at {close} on {date}, {gap} away.",
            "At {close}, {name} closed {gap} away from its peg of {peg} on {date}.",
            "{name} ended {date} at {close}, {gap} away from its peg of {peg}.",
        ),
        titles=(
            "{name} keeps near its peg",
            "{name} at {close}",
            "{name}: {gap} from the peg",
            "The peg of {name} holds on {date}",
            "{name} closes near {peg}",
            "A dollar that closed at {close}: {name}",
        ),
        words="peg pegged dollar near away distance keep keeps kept hold holds held stable stablecoin",
        keeps=("away",),
        around={"close": ("at", "of", "to"), "peg": ("of", "from", "near")},
    ),
    **wording(
        "coin.first_day",
        frames=(
            "On {date}, {name} enters this price history with a close of {close}.",
            "The price history of {name} here begins on {date}, at a close of {close}.",
            "{name} closed at {close} on {date}, its first day in this price history.",
            "The first close of {name} in this price history is {close}, on {date}.",
        ),
        titles=(
            "{name} enters the price history",
            "First close of {name}: {close}",
            "New here: {name}",
            "{name} begins at {close}",
            "{name} joins on {date}",
            "A first day for {name}",
        ),
        words="first new begin begins began beginning start starts started join joins joined enter enters entered history",
        keeps=("enters begins first",),
        around={"close": ("of", "at", "is"), "date": ("on",)},
    ),
}
"""Predicate → wording."""
