"""An index says what there is; its own hash and its wheels' hashes say that it is the one somebody meant."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from ammo_agents.errors import AmmoError, BadInputError, NotFoundError, RefusedError, TamperedError
from ammo_agents.installing import index
from ammo_agents.installing.index import release_of
from ammo_agents.installing.source import source_of

TEXT = json.dumps({
    "format": 1,
    "entries": [
        {
            "name": "tides",
            "title": "Tides",
            "distribution": "ammo-subspace-tides",
            "summary": "High water.",
            "versions": [
                {"version": "0.9.0", "wheel": "a.whl", "sha256": "0" * 64},
                {"version": "0.10.0", "wheel": "b.whl", "sha256": "1" * 64},
                {"version": "1.0.0rc1", "folder": "c"},
            ],
        },
        {"name": "ebb", "summary": "Low water."},
    ],
})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "index.json").write_text(TEXT, encoding="utf-8")
    return tmp_path


def test_the_index_that_ammo_ships_has_the_hash_that_is_pinned() -> None:
    found = index.read("", offline=True)
    assert found.pinned
    names = {"apprise", "chroma", "coin", "edu", "implicit", "job", "litellm", "local", "movie"}
    assert {entry.name for entry in found.entries} == names


def test_every_word_must_occur_and_a_name_comes_first(place: Path) -> None:
    found = index.read(str(place), offline=True)
    assert [e.name for e in found.search("water")] == ["ebb", "tides"]
    assert [e.name for e in found.search("HIGH water")] == ["tides"]
    assert [e.name for e in found.search("tides")] == ["tides"]
    assert found.search("nothing of it") == []


def test_the_newest_final_version_is_taken_unless_one_is_named(place: Path) -> None:
    found = index.read(str(place / "index.json"), offline=True)
    tides = found.find("ammo-subspace-tides")
    assert tides is not None
    newest, named = release_of(tides), release_of(tides, "1.0.0rc1")
    assert newest is not None
    assert (newest.version, newest.location) == ("0.10.0", str(place.resolve() / "b.whl"))
    assert named is not None
    assert named.location == str(place.resolve() / "c")
    with pytest.raises(NotFoundError, match=r"no version '7'"):
        release_of(tides, "7")
    assert source_of("tides==0.9.0", found).sha256 == "0" * 64
    assert source_of("ebb", found).kind == "name"


def test_a_pinned_index_with_another_hash_is_refused(place: Path) -> None:
    right = hashlib.sha256(TEXT.encode()).hexdigest()
    assert index.read(f"{place}#sha256={right}", offline=True).pinned
    with pytest.raises(TamperedError, match="pinned is 0000"):
        index.read(f"{place}#sha256={'0' * 64}", offline=True)


@pytest.mark.parametrize(
    ("setting", "offline", "says"),
    [
        ("https://example.org/index.json#sha256=" + "0" * 64, True, "offline"),
        ("http://example.org/index.json#sha256=" + "0" * 64, False, "https"),
        ("https://example.org/index.json", False, "not pinned"),
    ],
    ids=["offline", "plain", "unpinned"],
)
def test_an_address_is_asked_only_online_encrypted_and_pinned(
    setting: str, offline: bool, says: str
) -> None:
    with pytest.raises(RefusedError, match=says):
        index.read(setting, offline=offline)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 2, "entries": []}',
        '{"format": 1, "entries": [{}]}',
        '{"format": 1, "entries": [{"name": "a", "versions": [{"version": "x", "folder": "a"}]}]}',
        '{"format": 1, "entries": [{"name": "a", "versions": [{"version": "1", "wheel": "a.whl"}]}]}',
        '{"format": 1, "entries": [{"name": "a", "capabilities": {"everything": true}}]}',
        "[" * 100_000,
    ],
)
def test_what_is_no_index_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "index.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(AmmoError) as refused:
        index.read(str(file), offline=True)
    assert str(file) in refused.value.message or "index" in refused.value.message


@pytest.mark.parametrize(
    "said", ["/nowhere/folder", "two words", "https://example.org/page", "old.tar.gz"]
)
def test_what_names_nothing_is_refused(place: Path, said: str) -> None:
    found = index.read(str(place), offline=True)
    with pytest.raises(BadInputError) as refused:
        source_of(said, found)
    assert refused.value.hint
