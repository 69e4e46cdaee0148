"""Checks every published card from the outside: is each number and date of each sentence in the facts it cites?

Imports nothing of AMMO: it calls the command line as anybody could, reads JSON, and compares with its own rules.

    python bench/check_numbers.py --home FOLDER [--ammo .venv/bin/ammo] [--json]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

NUMBER = re.compile(r"(?<![\w.])[-+]?\$?(\d[\d,]*(?:\.\d+)?)")
MONTHS = (
    "January February March April May June July August September October November December".split()
)
LONG_DATE = re.compile(rf"(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})")
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def dates(text: str) -> set[dt.date]:
    """Return every date that `text` states, in words or in ISO form."""
    found = {dt.date(int(y), MONTHS.index(m) + 1, int(d)) for d, m, y in LONG_DATE.findall(text)}
    return found | {dt.date.fromisoformat(t) for t in ISO_DATE.findall(text)}


def numbers(text: str) -> set[float]:
    """Return every number outside dates."""
    rest = ISO_DATE.sub(" ", LONG_DATE.sub(" ", text))
    return {float(n.replace(",", "")) for n in NUMBER.findall(rest) if n.strip(",")}


def known(fact: dict[str, Any]) -> tuple[set[float], set[dt.date]]:
    """Return the numbers and the dates that a fact carries, from its quantities alone."""
    values, days = set(), {dt.date.fromisoformat(fact["date"])}
    for quantity in fact["numbers"]:
        if quantity["unit"] == "date":
            days.add(dt.date.fromisoformat(str(quantity["value"])))
        elif quantity["unit"] != "name":
            values.add(float(quantity["value"]))
    return values, days


def main() -> int:
    """Read every card and fact, compare, print what was found; exit 1 when anything is unsupported."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", required=True)
    parser.add_argument("--ammo", default=str(Path(sys.executable).with_name("ammo")))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    def ammo(*words: str) -> dict[str, Any]:
        line = [options.ammo, "--home", options.home, *words, "--json"]
        answer: dict[str, Any] = json.loads(
            subprocess.run(line, check=True, capture_output=True, text=True).stdout
        )
        return answer

    cards = ammo("feed", "--all")["cards"]
    facts = {f["id"]: f for f in ammo("fact", "list")["facts"]}
    refused = ammo("rejections")
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    titles = Counter(c["title"].lower() for c in cards)
    for card in cards:
        stated = [(card["title"], card["title_facts"], card["authors"]["title"])]
        stated.append((card["hook"], card["hook_facts"], card["authors"]["hook"]))
        stated += [(c["text"], c["facts"], c["author"]) for c in card["claims"]]
        for text, ids, author in stated:
            seen["sentences"] += 1
            seen[f"by {author}"] += 1
            have_numbers: set[float] = set()
            have_dates: set[dt.date] = set()
            for id_ in ids:
                values, days = known(facts[id_])
                have_numbers |= values
                have_dates |= days
            seen["numbers"] += len(numbers(text))
            seen["dates"] += len(dates(text))
            lost = [
                str(n) for n in numbers(text) if all(abs(n - abs(v)) > 1e-9 for v in have_numbers)
            ]
            lost += [str(d) for d in dates(text) - have_dates]
            if lost:
                wrong.append(f"{card['id']}: {', '.join(lost)} in {text!r} is in none of {ids}")
    result = {
        "cards": len(cards),
        **seen,
        "model_share": round(seen["by model"] / max(1, seen["sentences"]), 4),
        "unsupported": len(wrong),
        "repeated_titles": sum(n - 1 for n in titles.values()),
        "rejected": refused["rejected"],
        "rejection_rate": refused["rate"],
        "why": refused["why"],
        "wrong": wrong,
    }
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        for name, value in result.items():
            print(f"{name}: {value}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
