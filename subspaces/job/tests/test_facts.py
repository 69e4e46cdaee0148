"""Facts recomputed from the bare lines of the data by plain loops."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import statistics
from collections import Counter
from importlib import resources

import pytest

from ammo_agents.records import Fact

DATA = resources.files("ammo_subspace_job").joinpath("data")


def load(name: str) -> list[dict]:  # type: ignore[type-arg]
    return [json.loads(l) for l in gzip.decompress(DATA.joinpath(f"{name}.jsonl.gz").read_bytes()).splitlines()]  # fmt: skip # noqa: E741


LINES = load("postings")
JOBS = load("occupations")
TITLE = {job["said"]: job["title"] for job in JOBS}


def said(fact: Fact, slot: str) -> str:
    return next(q.text for q in fact.quantities if q.name == slot)


def number(fact: Fact, slot: str) -> float:
    text = said(fact, slot).split()[0]
    return float(text.replace(",", "").replace("$", "").replace("%", ""))


def of(facts: list[Fact], predicate: str, most: int = 25) -> list[Fact]:
    told = [f for f in facts if f.predicate == predicate]
    assert told, predicate
    return told[:: max(1, len(told) // most)]


def month_of(fact: Fact) -> str:
    """Return the month that a fact speaks of: ``2019-01``; empty = none."""
    text = next((q.text for q in fact.quantities if q.name == "month"), "")
    return f"{dt.datetime.strptime(text, '%B %Y').replace(tzinfo=dt.UTC):%Y-%m}" if text else ""


def day(line: dict) -> dt.date:  # type: ignore[type-arg]
    return dt.date.fromisoformat(line["date"])


def belongs(line: dict, fact: Fact) -> bool:  # type: ignore[type-arg]
    """Whether a line is of the group that a fact counts."""
    slots = {q.name: q.text for q in fact.quantities}
    return all((
        slots.get("agency", line["agency"]) == line["agency"],
        "family" not in slots or slots["family"] in line.get("families", []),
        "skill" not in slots or slots["skill"] in line.get("skills", []),
        "occupation" not in slots or TITLE[slots["occupation"]] == line.get("occupation"),
    ))


@pytest.mark.parametrize("predicate", ["job.agency_month", "job.family_month"])
def test_a_month_is_what_a_plain_loop_counts(facts: list[Fact], predicate: str) -> None:
    for fact in of(facts, predicate):
        month = month_of(fact)
        then = [line for line in LINES if line["date"][:7] == month]
        assert number(fact, "total") == len(then)
        assert number(fact, "count") == sum(belongs(line, fact) for line in then)
        assert fact.date.day == 1


@pytest.mark.parametrize("predicate", ["job.occupation_seen", "job.skill_seen"])
def test_what_was_seen_is_counted_by_that_day(facts: list[Fact], predicate: str) -> None:
    for fact in of(facts, predicate):
        here = [line for line in LINES if day(line) < fact.date]
        assert number(fact, "total") == len(here)
        assert number(fact, "count") == sum(belongs(line, fact) for line in here)


def test_medians_are_those_of_the_statistics_module(facts: list[Fact]) -> None:
    for fact in [*of(facts, "job.family_median"), *of(facts, "job.occupation_pay")]:
        month = month_of(fact)
        paid = [
            line["pay"][0]
            for line in LINES
            if belongs(line, fact)
            and line["date"].startswith(month)
            and day(line) < fact.date
            and line["pay"][2] == "annual"
            and line["pay"][0] > 0
        ]
        assert number(fact, "median") == round(statistics.median(paid))
        assert len(paid) in {
            int(q.value) for q in fact.quantities if q.unit.startswith("jobs with")
        }


def test_the_leading_family_of_an_agency_has_no_rival(facts: list[Fact]) -> None:
    for fact in of(facts, "job.agency_family"):
        own = [
            line
            for line in LINES
            if line["agency"] == said(fact, "agency") and day(line) < fact.date
        ]
        counted = Counter(f for line in own for f in line.get("families", []))
        (best, most), (_, second) = counted.most_common(2) if len(counted) > 1 else (*counted.most_common(1), ("", 0))  # fmt: skip
        assert (best, most) == (said(fact, "family"), number(fact, "count"))
        assert most > second
        assert number(fact, "total") == len(own)


def test_internal_postings_are_counted(facts: list[Fact]) -> None:
    for fact in of(facts, "job.agency_inside"):
        own = [
            line
            for line in LINES
            if line["agency"] == said(fact, "agency") and day(line) < fact.date
        ]
        assert number(fact, "total") == len(own)
        assert number(fact, "count") == sum(line["type"] == "internal" for line in own)


@pytest.mark.parametrize("predicate", ["job.agency_burst", "job.family_burst"])
def test_a_burst_counts_fourteen_days_against_the_year_before(
    facts: list[Fact], predicate: str
) -> None:
    for fact in of(facts, predicate):
        ages = [(fact.date - day(line)).days for line in LINES]
        now = [line for line, age in zip(LINES, ages, strict=True) if 0 <= age < 14]
        then = [line for line, age in zip(LINES, ages, strict=True) if 14 <= age < 14 + 365]
        count = sum(belongs(line, fact) for line in now)
        usual = len(now) * sum(belongs(line, fact) for line in then) / len(then)
        assert (number(fact, "count"), number(fact, "total")) == (count, len(now))
        assert said(fact, "usual") == f"{usual:.1f}"
        assert count > usual


@pytest.mark.parametrize(
    "predicate", ["job.family_up", "job.family_down", "job.skill_up", "job.skill_down"]
)
def test_a_changed_demand_compares_ninety_days_with_the_year_before(
    facts: list[Fact], predicate: str
) -> None:
    for fact in of(facts, predicate):
        end = fact.date if fact.date.day != 1 else fact.date - dt.timedelta(days=1)
        ages = [(end - day(line)).days for line in LINES]
        now = [line for line, age in zip(LINES, ages, strict=True) if 0 <= age < 90]
        then = [line for line, age in zip(LINES, ages, strict=True) if 90 <= age < 90 + 365]
        share = 100 * sum(belongs(line, fact) for line in now) / len(now)
        before = 100 * sum(belongs(line, fact) for line in then) / len(then)
        assert said(fact, "share") == f"{share:.1f}%"
        assert said(fact, "before") == f"{before:.1f}%"
        assert number(fact, "total") == len(now)
        assert (share > before) == predicate.endswith("_up")
        assert fact.direction == predicate.rpartition("_")[2]


def test_a_high_pay_is_higher_than_those_it_counts(facts: list[Fact]) -> None:
    for fact in of(facts, "job.high"):
        others = [
            line["pay"][1]
            for line in LINES
            if said(fact, "family") in line.get("families", [])
            and 1 <= (fact.date - day(line)).days <= 366
            and line["pay"][2] == "annual"
            and line["pay"][0] > 0
        ]
        assert number(fact, "total") == len(others)
        own = next(line for line in LINES if fact.entity == f"job/posting-{line['id']}")
        assert number(fact, "count") == sum(high < own["pay"][1] for high in others)
        assert number(fact, "high") == round(own["pay"][1])


def test_a_first_has_none_before_it(facts: list[Fact]) -> None:
    for fact in of(facts, "job.first", 60):
        kin = [
            line
            for line in LINES
            if line["agency"] == said(fact, "agency")
            and said(fact, "family") in line.get("families", [])
        ]
        first = min(kin, key=lambda line: (line["date"], line["id"]))
        assert fact.entity == f"job/posting-{first['id']}"


def test_what_a_posting_states_is_what_its_line_holds(facts: list[Fact]) -> None:
    lines = {f"job/posting-{line['id']}": line for line in LINES}
    for fact in facts:
        line = lines.get(fact.entity)
        if line is None:
            continue
        slots = {q.name: q for q in fact.quantities}
        assert slots["title"].text == f"“{line['title']}”"
        assert slots["agency"].text == line["agency"]
        assert fact.date == day(line)
        if fact.predicate == "job.several":
            assert slots["count"].value == line["positions"]
        if fact.predicate == "job.level":
            assert slots["level"].text == line["level"]
        if fact.predicate == "job.pay_year":
            assert [slots["low"].value, slots["high"].value] == [round(p) for p in line["pay"][:2]]
        if fact.predicate == "job.asks":
            assert slots["skill"].text in line["skills"]


def test_how_many_descriptions_name_a_skill_is_counted(facts: list[Fact]) -> None:
    for fact in of(facts, "job.skill_spread"):
        naming = sum(said(fact, "skill") in job["skills"] for job in JOBS)
        assert (number(fact, "count"), number(fact, "total")) == (naming, len(JOBS))


def test_every_fact_names_its_source_and_licence(facts: list[Fact]) -> None:
    licences = {
        "job.does": "CC BY 4.0",
        "job.needs": "CC BY 4.0",
        "job.means": "Commission Decision 2011/833/EU",
    }
    for fact in facts:
        assert fact.source.licence
        if fact.predicate in licences:
            assert fact.source.licence == licences[fact.predicate]
            assert fact.source.url.startswith("http")
