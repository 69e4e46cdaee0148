"""The reference of the buddy file and the folder names every key there is, and no other."""

import re
from pathlib import Path

from ammo_agents.authoring import buddy_file, declared, facts_file, graph_file
from ammo_agents.authoring.folder import read_folder
from ammo_agents.records import SubspaceId

PAGE = (Path(__file__).parents[2] / "docs" / "authoring.md").read_text(encoding="utf-8")


def rows(after: str) -> list[str]:
    """Return the first cells of the first table after a heading, as names."""
    table = PAGE.partition(after)[2].partition("\n| key")[2] or PAGE.partition(after)[2]
    lines = table.partition("\n\n")[0].splitlines()[2:]
    return [name for line in lines for name in re.findall(r"`([\w.<>\[\]]+)`", line.split("|")[1])]


def columns(after: str) -> list[str]:
    table = PAGE.partition(after)[2].partition("\n| column")[2].partition("\n\n")[0]
    return [
        n for line in table.splitlines()[2:] for n in re.findall(r"`(\w+)`", line.split("|")[1])
    ]


def test_every_key_of_a_buddy_is_in_the_reference() -> None:
    assert rows("## A buddy") == list(buddy_file.KEYS)


def test_every_column_of_the_tables_is_in_the_reference() -> None:
    assert columns("### `entities.csv`") == list(graph_file.ENTITY_COLUMNS)
    assert columns("### `edges.csv`") == list(graph_file.EDGE_COLUMNS)
    assert columns("### `facts.csv`") == list(facts_file.COLUMNS)


def test_every_key_of_the_manifest_is_in_the_reference() -> None:
    tables = {
        "source.": declared.SOURCE_KEYS,
        "world.": declared.WORLD_KEYS,
        "wordings.<kind>.": declared.WORDING_KEYS,
        "actions[].": declared.ACTION_KEYS,
        "fields[].": declared.FIELD_KEYS,
    }
    told = set(rows("### `ammo.toml`"))
    inner = {f"{head}{key}" for head, keys in tables.items() for key in keys}
    plain = {
        key
        for key in declared.KEYS
        if key not in {"source", "world", "wordings", "actions", "fields"}
    }
    assert told == inner | plain


def test_the_examples_of_the_reference_are_read(tmp_path: Path) -> None:
    blocks = dict(re.findall(r"```(markdown|toml|csv)\n(.*?)```", PAGE, re.DOTALL))
    buddy = buddy_file.parse(blocks["markdown"], Path("whale-watcher.md"))
    assert (buddy.id, buddy.subspace) == (("coin/whale-watcher"), SubspaceId("coin"))
    (tmp_path / "ammo.toml").write_text(blocks["toml"], encoding="utf-8")
    (tmp_path / "facts.csv").write_text(blocks["csv"], encoding="utf-8")
    (tmp_path / "entities.csv").write_text(
        "slug,name\nflammkuchen,Flammkuchen\nrye,Rye flour\n", encoding="utf-8"
    )
    assert len(read_folder(tmp_path).told().facts.dated) == 1
