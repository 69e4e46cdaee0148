"""The subspace keeps the contract, and the contract notices when one does not."""

import asyncio
import dataclasses
import datetime as dt
import subprocess
import sys

import pytest
from ammo_subspace_coin.plugin import coin

from ammo_agents.records import EntityId, Fact, Knowledge, Quantity
from ammo_agents.testing import check_subspace, fact_faults


async def test_the_coin_subspace_keeps_the_contract() -> None:
    report = await check_subspace(coin, start=dt.date(2020, 3, 8), days=30)
    assert report.faults == ()
    assert report.days == 30
    assert report.shifts > 60
    assert len(report.facts) > 20


async def test_a_graph_with_a_loose_edge_and_a_bad_id_is_found_out() -> None:
    known = await asyncio.to_thread(coin.knowledge)
    bad = Knowledge(
        entities=(
            *known.entities[1:],
            dataclasses.replace(known.entities[1], id=EntityId("coin/Bad Slug")),
        ),
        edges=known.edges,
    )
    broken = dataclasses.replace(
        coin, knowledge=lambda: bad, triggers=None, buddies=None, wordings={}
    )
    faults = (await check_subspace(broken)).faults
    assert any("'coin/Bad Slug'" in fault for fault in faults)
    assert any("the graph lacks 'coin/market'" in fault for fault in faults)


@pytest.fixture
def fact() -> Fact:
    return next(f for f in coin.knowledge().facts if f.quantities)


def test_a_sound_fact_has_no_fault(fact: Fact) -> None:
    assert fact_faults(fact) == []


def test_a_digit_outside_the_slots_is_a_fault(fact: Fact) -> None:
    bad = dataclasses.replace(fact, frame=fact.frame + " It is 2020.")
    assert any("digit" in fault for fault in fact_faults(bad))


def test_a_slot_without_a_quantity_is_a_fault(fact: Fact) -> None:
    bad = dataclasses.replace(fact, quantities=())
    assert any("the frame has slots" in fault for fault in fact_faults(bad))


def test_words_that_say_another_number_are_a_fault(fact: Fact) -> None:
    last = dataclasses.replace(fact.quantities[-1], value=1234.5)
    bad = dataclasses.replace(fact, quantities=(*fact.quantities[:-1], last))
    assert any("1234.5" in fault for fault in fact_faults(bad))


def test_a_date_that_is_none_is_a_fault(fact: Fact) -> None:
    day = Quantity(name="day", value="May 2020", unit="date", text="May 2020")
    bad = dataclasses.replace(fact, frame="It was {day}.", quantities=(day,))
    assert any("no ISO date" in fault for fault in fact_faults(bad))


def test_importing_the_plugin_loads_no_data_and_no_client() -> None:
    code = (
        "import sys, ammo_subspace_coin.plugin as p; p.ammo_subspaces();"
        "print([m for m in ('httpx', 'gzip', 'ammo_subspace_coin.prices', 'ammo_subspace_coin.graph') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
