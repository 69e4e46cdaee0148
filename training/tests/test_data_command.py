"""``ammo train data`` as people run it: build, preview, check, label and allow, on a home of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ammo_training.cli.data import app
from typer.testing import CliRunner

from ammo_agents.aipp.pairs import read, write
from ammo_agents.aipp.pairs.record import renamed
from ammo_agents.errors import AmmoError, BadInputError, LeakError, NotFoundError
from ammo_agents.testing.command import SCRIPTED

SAMPLE = Path(__file__).parent / "data" / "pandalm_sample.jsonl"
Said = Callable[..., str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home with the scripted model, the hashing embedder and the exact store."""
    settings = {**SCRIPTED, "AMMO_STORE": "exact", "AMMO_HOME": str(tmp_path / "home")}
    for name, value in {**settings, "COLUMNS": "120"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def ammo(home: Path) -> Said:
    """Run a verb of ``ammo train data`` in this process and return what it prints; an expected error is raised."""

    def run(*words: str, typed: str = "") -> str:
        done = CliRunner().invoke(app, list(words), input=typed)
        if isinstance(done.exception, AmmoError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def told(ammo: Said, *words: str) -> dict[str, Any]:
    """Run a verb with ``--json`` and return what it prints."""
    answer: dict[str, Any] = json.loads(ammo(*words, "--json"))
    return answer


@pytest.fixture
def alternatives(home: Path) -> None:
    """Two texts of one prompt that a buddy wrote."""
    texts = [
        {"text": text, "said": text, "fault": "", "complete": True}
        for text in ("Capped.", "It ends.")
    ]
    sample = {
        "id": "s1",
        "subspace": "coin",
        "buddy": "coin/bitcoin",
        "statement": "It is capped.",
        "messages": [{"role": "user", "content": "Say it."}],
        "alternatives": texts,
    }
    folder = home / "data" / "training" / "samples"
    folder.mkdir(parents=True)
    (folder / "one.jsonl").write_text(json.dumps(sample) + "\n")


def test_a_set_is_built_kept_checked_and_shown(ammo: Said) -> None:
    about = told(ammo, "build", "panda", "--file", str(SAMPLE))
    assert about["events"] == {"given": 96}
    dropped = {step["name"]: step["dropped"] for step in about["steps"]}
    sizes = about["split"]["sizes"]["pairs"]
    assert 96 - sum(dropped.values()) == sum(sizes.values()) > 60
    assert (Path(about["path"]) / "pairs.jsonl").is_file()
    assert told(ammo, "check", "panda")["sizes"] == sizes
    shown = told(ammo, "preview", "panda", "-n", "2", "--side", "test")
    assert [row["split"] for row in shown["rows"]] == ["test", "test"]
    assert shown["rows"][0]["prompt"].startswith("<user>\n")
    assert shown["rows"][0]["counted"] is False
    painted = ammo("preview", "panda", "-n", "1")
    assert "tokens, estimated" in painted
    assert "votes and exact duplicates" in painted
    assert "The base is not converted yet" in painted


def test_a_leak_ends_with_exit_3_and_names_who(ammo: Said, tmp_path: Path) -> None:
    about = told(ammo, "build", "panda", "--file", str(SAMPLE))
    found = read(Path(about["path"]) / "pairs.jsonl")
    held = next(p for p in found if p.split == "test")
    mine = next(p for p in found if p.split == "train" and len(p.chosen) > 40)
    leaky = [renamed(p, prompt=held.prompt) if p.id == mine.id else p for p in found]
    path = write(tmp_path / "leaky.jsonl", leaky)
    with pytest.raises(LeakError) as refused:
        ammo("check", str(path))
    assert refused.value.exit_code == 3
    assert "1 leaks between the sides" in refused.value.message
    assert held.id in refused.value.message


def test_a_broken_line_and_an_unknown_set_end_with_exit_2(
    ammo: Said, home: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text(SAMPLE.read_text().splitlines()[0] + '\n{"prompt": "P"}\n')
    with pytest.raises(BadInputError, match="line 2: it has no 'chosen'"):
        ammo("build", "x", "--file", str(broken))
    with pytest.raises(NotFoundError, match="neither a data set"):
        ammo("check", "nothing")
    assert not (home / "data" / "training" / "sets" / "x").exists()


def test_of_a_home_nobody_allowed_anything_nothing_is_built(ammo: Said) -> None:
    with pytest.raises(BadInputError, match="no pair is left of 1 people") as refused:
        ammo("build", "mine")
    assert "ammo train data allow" in refused.value.hint
    assert told(ammo, "allow") == {"person": "you", "train": True}
    assert told(ammo, "allow", "--off") == {"person": "you", "train": False}


@pytest.mark.usefixtures("alternatives")
def test_labelling_by_keys_goes_on_by_itself_and_is_undone(ammo: Said) -> None:
    offered = told(ammo, "label")
    assert {offered["offer"]["a"]["text"], offered["offer"]["b"]["text"]} == {"Capped.", "It ends."}
    shown = ammo("label", typed="x\n2\n")
    assert "The fact: It is capped." in shown
    assert "1 labelled, 0 left" in shown
    assert told(ammo, "label")["offer"] is None
    back = json.loads(ammo("label", "--say", "undo"))
    assert back["taken_back"] == offered["offer"]["id"]
    assert "0 labelled, 1 left" in ammo("label", typed="u\nq\n")
    said = ammo("label", "--say", "a", "--offer", offered["offer"]["id"])
    assert json.loads(said)["kept"]["said"] == "a"


def test_with_a_base_rows_are_shown_in_its_chat_template_and_tokens_are_counted(
    ammo: Said, home: Path
) -> None:
    import toy  # noqa: PLC0415 - torch, for this test alone

    base = toy.base(home / "base")
    shown = told(ammo, "preview", str(SAMPLE), "-n", "1", "--base", str(base.folder))
    (row,) = shown["rows"]
    assert shown["base"] == "toy"
    assert shown["about"]["tokens"]["counted"] is True
    assert row["prompt"].startswith("<|im_start|>user\n")
    assert row["prompt"].endswith("<|im_end|>\n<|im_start|>assistant\n")
    counted = toy.tokenizer()(row["prompt"], add_special_tokens=False)["input_ids"]
    assert row["prompt_tokens"] == len(counted)
