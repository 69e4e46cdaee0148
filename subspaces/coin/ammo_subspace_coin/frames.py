"""The canonical sentence of every predicate, and the direction it states. A frame holds no digit."""

from __future__ import annotations

from typing import Literal

Direction = Literal["up", "down"]

FRAMES: dict[str, str] = {
    "coin.rise": "{name} rose {change} to {close} on {date}, {times} its average daily move of {usual} over the {window} before.",
    "coin.fall": "{name} fell {change} to {close} on {date}, {times} its average daily move of {usual} over the {window} before.",
    "coin.close_up": "{name} closed at {close} on {date}, up {change} from the day before.",
    "coin.close_down": "{name} closed at {close} on {date}, down {change} from the day before.",
    "coin.close_flat": "{name} closed at {close} on {date}, almost unchanged from the day before.",
    "coin.month_up": "{name} closed at {close} on {date}, up {change} over {window}.",
    "coin.month_down": "{name} closed at {close} on {date}, down {change} over {window}.",
    "coin.volume": "{name} traded {volume} on {date}, {times} its daily average of {usual} over the {window} before.",
    "coin.high": "{name} closed at {close} on {date}, its highest close in {span}.",
    "coin.low": "{name} closed at {close} on {date}, its lowest close in {span}.",
    "coin.record_high": "{name} closed at {close} on {date}, its highest close in the price history that begins on {since}.",
    "coin.record_low": "{name} closed at {close} on {date}, its lowest close in the price history that begins on {since}.",
    "coin.drawdown": "{name} closed at {close} on {date}, {depth} below its peak of {peak} on {peak_date}.",
    "coin.streak_up": "{name} rose on {streak} in a row up to {date}, by {change} in all to {close}.",
    "coin.streak_down": "{name} fell on {streak} in a row up to {date}, by {change} in all to {close}.",
    "coin.lead": "{name} returned {change} in the {window} to {date}, {lead} more than {other} with {other_change}.",
    "coin.lag": "{name} returned {change} in the {window} to {date}, {lead} less than {other} with {other_change}.",
    "coin.coupled": "Over the {window} to {date}, the daily returns of {name} and {other} had a correlation of {now}, above the average of {usual} over the {history} before.",
    "coin.decoupled": "Over the {window} to {date}, the daily returns of {name} and {other} had a correlation of {now}, below the average of {usual} over the {history} before.",
    "coin.turbulent": "{name} moved {pace} a day on average in the {window} to {date}, up from {usual} over the {history} before.",
    "coin.calm": "{name} moved {pace} a day on average in the {window} to {date}, down from {usual} over the {history} before.",
    "coin.week_up": "{name} ended the week on {date} at {close}, up {change} from {open} on {open_date}.",
    "coin.week_down": "{name} ended the week on {date} at {close}, down {change} from {open} on {open_date}.",
    "coin.peg_above": "{name} closed at {close} on {date}, {gap} above its peg of {peg}.",
    "coin.peg_below": "{name} closed at {close} on {date}, {gap} below its peg of {peg}.",
    "coin.peg_held": "{name} closed at {close} on {date}, {gap} away from its peg of {peg}.",
    "coin.now_up": "{name} stood at {close} on {date}, up {change} over {window}.",
    "coin.now_down": "{name} stood at {close} on {date}, down {change} over {window}.",
    "coin.breadth_up": "{risers} of {total} rose on {date}, with a median move of {median}.",
    "coin.breadth_down": "{fallers} of {total} fell on {date}, with a median move of {median}.",
    "coin.best_week": "{name} gained the most of {total} in the week to {date}, {change}.",
    "coin.worst_week": "{name} lost the most of {total} in the week to {date}, {change}.",
    "coin.halving": "The block reward of {name} halved from {before} to {after} on {date}.",
    "coin.halving_anniversary": "On {date} it was {years} since the block reward of {name} halved on {halved}.",
    "coin.first_day": "{name} enters this price history on {date} with a close of {close}.",
}

DIRECTIONS: dict[str, Direction] = {
    **dict.fromkeys(
        (
            "coin.rise",
            "coin.close_up",
            "coin.month_up",
            "coin.now_up",
            "coin.high",
            "coin.record_high",
            "coin.streak_up",
            "coin.lead",
            "coin.coupled",
            "coin.turbulent",
            "coin.week_up",
            "coin.peg_above",
            "coin.breadth_up",
            "coin.best_week",
        ),
        "up",
    ),
    **dict.fromkeys(
        (
            "coin.fall",
            "coin.close_down",
            "coin.month_down",
            "coin.now_down",
            "coin.low",
            "coin.record_low",
            "coin.drawdown",
            "coin.streak_down",
            "coin.lag",
            "coin.decoupled",
            "coin.calm",
            "coin.week_down",
            "coin.peg_below",
            "coin.breadth_down",
            "coin.worst_week",
        ),
        "down",
    ),
}
"""Predicates without an entry (a volume, a halving, a first day, a flat close) state no direction."""
