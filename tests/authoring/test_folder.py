"""A folder as a subspace: it keeps the contract, is found by being copied, writes cards, and refuses bad rows by line."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from card_files import RECIPES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ammo_agents.app import opened
from ammo_agents.authoring import table
from ammo_agents.authoring.folder import open_folder, read_folder
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.plugins import listing
from ammo_agents.round import play
from ammo_agents.settings import Loaded
from ammo_agents.testing import check_subspace

Home = Callable[..., Loaded]
FACTS, ENTITIES = "facts.csv", "entities.csv"
HEAD = "entity,predicate,statement,date,source,verified_by\n"
ROW = "pretzel,about,A pretzel is a knot of dough.,,A book,a cook\n"


async def test_a_folder_keeps_the_contract_of_a_subspace() -> None:
    recipes = await asyncio.to_thread(open_folder, RECIPES)
    report = await check_subspace(recipes, days=40)
    assert report.faults == ()
    assert report.entities == 4
    assert sum(report.facts.values()) == 10
    assert report.days == 29


def test_opening_a_folder_reads_no_table(recipes: Path) -> None:
    (recipes / FACTS).write_text("nonsense", encoding="utf-8")
    folder = read_folder(recipes)
    assert folder.subspace().title == "Recipes"
    with pytest.raises(BadInputError, match=r"facts\.csv, line 1"):
        folder.told()


def test_a_sentence_keeps_its_numbers_its_source_and_whom_it_names() -> None:
    told = read_folder(RECIPES).told()
    price = next(f for f in told.facts.dated if f.predicate == "recipes.price")
    assert (
        price.frame == "Rye flour cost {eur} a kilo on {date}, {percent} more than a week before."
    )
    assert (price.source.name, price.source.verified_by) == ("The mill's price list", "the miller")
    heat = next(f for f in told.facts.standing if f.predicate == "recipes.heat")
    assert (heat.source.name, heat.source.licence) == ("The house's own baking notes", "CC0-1.0")
    assert str(heat.date) == "2026-01-05"


async def test_a_folder_copied_into_the_data_folder_writes_cards(home: Home) -> None:
    loaded = await asyncio.to_thread(home, recipes=True)
    async with opened(loaded, access="write") as app:
        assert {s.name: s.fault for s in app.plugins.states}["recipes"] == ""
        world = await app.world("recipes")
        cards = [card for _ in range(6) for card in (await play(world, most=6)).published]
        assert {card.buddy for card in cards} >= {"recipes/baker", "recipes/pretzel", "recipes/rye"}
        assert "The bakery sold 340 pretzels on 10 January 2026." in {c.hook.text for c in cards}
        assert all(claim.facts for card in cards for claim in (card.title, *card.claims))


def broken(loaded: Loaded) -> Loaded:
    place = app_data(loaded) / "subspaces"
    shutil.copytree(RECIPES, place / "broken")
    manifest = 'api = "1"\nname = "broken"\ntitle = "B"\n'
    (place / "broken" / "ammo.toml").write_text(manifest, encoding="utf-8")
    shutil.copytree(RECIPES, place / "twin")
    (place / "empty").mkdir()
    return loaded


async def test_a_broken_folder_is_listed_with_its_fault_and_costs_nothing_else(home: Home) -> None:
    loaded = await asyncio.to_thread(lambda: broken(home(recipes=True)))
    async with opened(loaded, access="read") as app:
        faults = {s.name: s.fault for s in app.plugins.states if s.fault}
        assert "facts.csv, line 2: source: this fact has no source" in faults["broken"]
        assert "recipes" in faults.pop("recipes")
        assert "ammo.toml cannot be read" in faults["empty"]
        assert app.subspace("recipes").title == "Recipes"
        assert app.subspace("coin").title == "Coin"
        with pytest.raises(NotFoundError):
            app.subspace("broken")
    listed = await asyncio.to_thread(listing.plugins, loaded.settings)
    told = {one["name"]: one["reason"] for one in listed["plugins"]}
    assert "this fact has no source" in told["broken"]


async def test_a_table_that_is_mended_is_read_again(home: Home) -> None:
    loaded = await asyncio.to_thread(home, recipes=True)
    facts = app_data(loaded) / "subspaces" / "recipes" / FACTS
    good = await asyncio.to_thread(facts.read_text, encoding="utf-8")
    for text, fault in ((good, ""), (good + "rye,x,Too short.,,,\n", "line 12"), (good, "")):
        await asyncio.to_thread(facts.write_text, text, encoding="utf-8")
        async with opened(loaded, access="none") as app:
            state = next(s for s in app.plugins.states if s.name == "recipes")
            assert fault in state.fault
            assert bool(fault) == bool(state.fault)


async def test_safe_mode_and_a_strict_policy_load_no_folder(home: Home) -> None:
    for more, said in (
        ({"AMMO_PLUGINS": ""}, None),
        ({"AMMO_PLUGIN_POLICY": "strict"}, "not trusted"),
    ):
        loaded = await asyncio.to_thread(home, recipes=True, **more)
        async with opened(loaded, access="none") as app:
            found = [s for s in app.plugins.states if s.name == "recipes"]
            assert "recipes" not in {s.id for s in app.plugins.subspaces()}
            assert all(said and said in s.fault for s in found)


def app_data(loaded: Loaded) -> Path:
    assert loaded.settings.home is not None
    return loaded.settings.home / "data"


BAD_FACTS = [
    (
        HEAD.encode() + b"pretzel,about,A pretzel is a knot of dough.,,,a cook\n",
        "line 2: source: this fact has no source",
    ),
    (
        HEAD.encode() + b"pretzel,about,A pretzel is a knot of dough.,,A book,\n",
        "line 2: verified_by: nobody stands",
    ),
    (
        HEAD.encode() + b"pretzle,about,A pretzel is a knot of dough.,,A book,a cook\n",
        "line 2: entity: entities.csv has no 'pretzle'",
    ),
    (
        HEAD.encode() + b"pretzel,about,It opened on 03/04/2024 in Rome.,,A book,a cook\n",
        "line 2: statement: in '03/04/2024'",
    ),
    (
        HEAD.encode() + b"pretzel,about,A pretzel is a knot of dough.,5.6.24,A book,a cook\n",
        "line 2: date: the year",
    ),
    (HEAD.encode() + ROW.encode() * 2, "line 3: statement: the same fact"),
    (
        HEAD.encode() + b"pretzel,about,A pretzel, in short, is a knot.,,A book,a cook\n",
        "line 2: has 8 cells, the header has 6",
    ),
    (HEAD.encode() + b"pretzel,about\n", "line 2: has 2 cells"),
    (HEAD.encode() + b'pretzel,about,"A pretzel is,,A book,a cook\n', "is no CSV here"),
    (
        HEAD.encode() + b"pretzel,about," + b"very " * 500 + b"long.,,A book,a cook\n",
        "at most 2,000",
    ),
    (
        HEAD.encode() + b"pretzel,about,A pretzel \x1b[31m is a knot.,,A book,a cook\n",
        "no page shows",
    ),
    (b"entity,entity,statement\n" + ROW.encode(), "line 1: column 'entity' is there twice"),
    (b"entity,statment\n" + ROW.encode(), "line 1: no column 'statment'"),
    (b"statement,source\n" + ROW.encode(), "line 1: the header lacks entity"),
    (b"entity;statement;source\nx;y;z\n", "something else than commas"),
    (b"", "is empty"),
    (HEAD.encode() + b"caf\xe9,,,,,\n", "line 2: byte 0xe9 is no UTF-8"),
    (HEAD.encode() + b"a,\0,,,,\n", "line 2: holds a NUL"),
    ((HEAD + ROW).encode("utf-16"), "UTF-16"),
]


@pytest.mark.parametrize(("content", "said"), BAD_FACTS, ids=[said for _, said in BAD_FACTS])
def test_a_bad_table_is_refused_where_it_is_bad(recipes: Path, content: bytes, said: str) -> None:
    plain = (recipes / "ammo.toml").read_text(encoding="utf-8").split("[subspace.source]")[0]
    (recipes / "ammo.toml").write_text(plain, encoding="utf-8")
    (recipes / FACTS).write_bytes(content)
    with pytest.raises(BadInputError, match=re.escape(said)) as refusal:
        read_folder(recipes).told()
    assert str(recipes / FACTS) in refusal.value.message
    assert refusal.value.hint


def test_a_table_as_a_spreadsheet_saves_it_is_fine(recipes: Path) -> None:
    text = (recipes / FACTS).read_text(encoding="utf-8").replace("\n", "\r\n")
    (recipes / FACTS).write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_folder(recipes).told().facts == read_folder(RECIPES).told().facts


def test_a_hundred_megabytes_are_refused_unread(recipes: Path) -> None:
    os.truncate(recipes / FACTS, 100 * 1024 * 1024)
    with pytest.raises(BadInputError, match="104,857,600 bytes, at most 16,777,216"):
        read_folder(recipes).told()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are POSIX")
def test_a_pipe_in_place_of_a_table_does_not_hang(recipes: Path) -> None:
    (recipes / FACTS).unlink()
    os.mkfifo(recipes / FACTS)
    with pytest.raises(BadInputError, match=r"facts\.csv"):
        read_folder(recipes).told()


BAD_MANIFESTS = [
    ("[subspace]\nwordngs = {}", "Did you mean 'wordings'"),
    ("[subspace.world]\nstart = 7", "subspace.world.start is 7"),
    ('[subspace.world]\nstart = "03/04/2024"', "day and month can be swapped"),
    ("[subspace.world]\nstart = 2026-01-05\nend = 2025-01-05", "must not be before start"),
    ("[subspace.world]\nspotlights = -1", "spotlights is -1"),
    ('[subspace.wordings.time]\ntitles = ["In 12 minutes"]', "holds a digit"),
    ('[[subspace.actions]]\nname = "A b"', "number from 0 to 1"),
    ('[[subspace.actions]]\nname = "a"\nlabel = "A"\nreward = 2', "reward is 2"),
    ('[[subspace.fields]]\nname = "a"\nlabel = "A"\npredicate = "x"', "quantity is None"),
    ('[subspace]\norigin = "made up"', "data or simulation"),
    ("[subspace]\nprinciples = [1]", "which does not belong"),
    ('[offers]\nsubspaces = ["coin"]', "a folder is one subspace"),
]


@pytest.mark.parametrize(("tail", "said"), BAD_MANIFESTS, ids=[said for _, said in BAD_MANIFESTS])
def test_a_bad_manifest_is_refused_by_its_key(recipes: Path, tail: str, said: str) -> None:
    head = 'api = "1"\nname = "recipes"\ntitle = "Recipes"\n'
    (recipes / "ammo.toml").write_text(f"{head}{tail}\n", encoding="utf-8")
    with pytest.raises(BadInputError) as refusal:
        read_folder(recipes)
    assert re.search(said, f"{refusal.value.message} {refusal.value.hint}")


def test_bad_rows_of_the_graph_are_refused(recipes: Path) -> None:
    for name, content, said in (
        (ENTITIES, "name,slug\nBread,A B\n", "line 2: slug: 'A B' is no slug"),
        (ENTITIES, "name\nBread\nBread\n", "line 3: slug: 'bread' is there already"),
        (ENTITIES, 'name\n""\n!!!\n', "line 3: slug: '' is no slug"),
        ("edges.csv", "source,kind,target\nrye,is,rye\n", "leads back to itself"),
        ("edges.csv", "source,kind,target\nrye,is,wheat\n", "has no 'wheat'"),
        ("edges.csv", "source,kind,target,weight\nrye,is,pretzel,nan\n", "is no weight"),
    ):
        shutil.rmtree(recipes)
        shutil.copytree(RECIPES, recipes)
        (recipes / name).write_text(content, encoding="utf-8")
        with pytest.raises(BadInputError, match=re.escape(said)):
            read_folder(recipes).told()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=120) | st.text('entiysamx,;"\n\r 1\0é', max_size=80).map(str.encode))
def test_no_table_crashes_the_reader(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    found, refusal = [], None
    try:
        found = list(table.rows(path, columns=("entity", "name"), needed=("name",)))
    except BadInputError as error:
        refusal = error
    assert refusal is None or (str(path) in refusal.message and refusal.hint)
    assert all(set(row.cells) <= {"entity", "name"} for row in found)
