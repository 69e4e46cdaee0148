import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import made_adapters as made
import pytest

from ammo_agents.adapters import manifest as manifests
from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.errors import (
    BadInputError,
    NotFoundError,
    RefusedError,
    TamperedError,
    VersionError,
)

WEIGHTS = "adapter_model.safetensors"


@pytest.fixture
def folder(tmp_path: Path) -> AdapterFolder:
    return AdapterFolder(tmp_path / "adapters")


@pytest.fixture
def given(tmp_path: Path) -> Path:
    return made.files(tmp_path / "given")


def test_an_adapter_is_named_by_what_is_in_it(folder: AdapterFolder, given: Path) -> None:
    one = folder.add(given, made.manifest(metrics={"loss": 3}))
    assert manifests.ID.fullmatch(one.id)
    assert folder.read(one.id) == one
    assert folder.all() == (one,)
    assert folder.add(given, made.manifest(metrics={"loss": 3.0})).id == one.id
    assert folder.add(given, made.manifest(seed=2)).id != one.id
    made.files(given, "two")
    assert folder.add(given, made.manifest(metrics={"loss": 3})).id != one.id


def test_an_adapter_is_found_by_the_first_letters_and_by_its_run(
    folder: AdapterFolder, given: Path
) -> None:
    one = folder.add(given, made.manifest(run="20260101-one"))
    two = folder.add(given, made.manifest(run="20260102-two"))
    assert folder.find(one.id[:9]) == one.id
    assert folder.find(one.id[2:9]) == one.id
    assert folder.find("20260102") == two.id
    for unclear in ("a_", "2026010", "zz", ""):
        with pytest.raises(NotFoundError):
            folder.find(unclear)


@pytest.mark.parametrize("name", [WEIGHTS, "adapter.gguf", "adapter_config.json"])
def test_an_altered_file_is_refused_by_name_and_both_hashes(
    folder: AdapterFolder, given: Path, name: str
) -> None:
    one = folder.add(given, made.manifest())
    path = folder.path(one.id) / name
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(TamperedError) as caught:
        folder.read(one.id)
    assert name in caught.value.message
    assert one.files[name] in caught.value.message
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("how", ["more", "less", "link", "manifest", "renamed"])
def test_a_folder_that_is_not_what_its_name_says_is_refused(
    folder: AdapterFolder, given: Path, how: str
) -> None:
    id = folder.add(given, made.manifest()).id
    home = folder.path(id)
    if how == "more":
        (home / "training_args.bin").write_bytes(b"\x80\x04")
    elif how == "less":
        (home / WEIGHTS).unlink()
    elif how == "link":
        (home / WEIGHTS).rename(given / "elsewhere")
        (home / WEIGHTS).symlink_to(given / "elsewhere")
    elif how == "manifest":
        text = (home / "manifest.json").read_text(encoding="utf-8")
        (home / "manifest.json").write_text(text.replace('"short"', '"long"'), encoding="utf-8")
    else:
        id = "a_0123456789abcdef"
        home.rename(folder.path(id))
    with pytest.raises(TamperedError):
        folder.read(id)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("training_args.bin", b"\x80\x04\x95pickled"),
        ("adapter_model.bin", b"PK\x03\x04torch"),
        ("notes.txt", b"hello"),
    ],
)
def test_a_foreign_file_beside_the_weights_is_refused_and_nothing_is_kept(
    folder: AdapterFolder, given: Path, name: str, raw: bytes
) -> None:
    (given / name).write_bytes(raw)
    with pytest.raises(RefusedError, match=name):
        folder.add(given, made.manifest())
    assert folder.all() == ()


@pytest.mark.parametrize("name", [WEIGHTS, "adapter.gguf", "adapter_config.json"])
@pytest.mark.parametrize("raw", [b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c", b"PK\x03\x04", b""])  # fmt: skip
def test_a_pickle_under_another_name_is_refused(
    folder: AdapterFolder, given: Path, name: str, raw: bytes
) -> None:
    (given / name).write_bytes(raw)
    with pytest.raises(RefusedError, match="not what its name says"):
        folder.add(given, made.manifest())


def test_a_link_or_a_missing_file_is_refused(folder: AdapterFolder, given: Path) -> None:
    (given / WEIGHTS).rename(given.parent / "weights")
    with pytest.raises(RefusedError, match="has no"):
        folder.add(given, made.manifest())
    (given / WEIGHTS).symlink_to(given.parent / "weights")
    with pytest.raises(RefusedError, match="may not be in an adapter"):
        folder.add(given, made.manifest())


@pytest.mark.parametrize("id", ["../../etc", "a_..", "", "a_0123456789ABCDEF", "a_0123456789abcdef/x"])  # fmt: skip
def test_no_id_leads_out_of_the_folder(folder: AdapterFolder, id: str) -> None:
    with pytest.raises(BadInputError):
        folder.path(id)


def test_a_manifest_of_a_newer_ammo_says_so(folder: AdapterFolder, given: Path) -> None:
    id = folder.add(given, made.manifest()).id
    path = folder.path(id) / "manifest.json"
    held = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(held | {"format": 9}), encoding="utf-8")
    with pytest.raises(VersionError):
        folder.read(id)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"format": "x"}', "{" * 9000])
def test_a_damaged_manifest_is_refused_and_shown_as_a_fault(
    folder: AdapterFolder, given: Path, text: str
) -> None:
    id = folder.add(given, made.manifest()).id
    (folder.path(id) / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(TamperedError):
        folder.read(id)
    assert folder.all() == ()
    assert list(folder.faults()) == [id]


def test_the_card_may_be_written_later(folder: AdapterFolder, given: Path) -> None:
    one = folder.add(given, made.manifest())
    folder.write_card(one.id, "# What it learned\n")
    folder.write_card(one.id, "# What it learned, again\n")
    assert folder.read(one.id) == one


def test_a_card_that_a_kill_left_half_written_is_no_foreign_file(
    folder: AdapterFolder, given: Path
) -> None:
    one = folder.add(given, made.manifest())
    left = folder.path(one.id) / ".README.md.12345678.part"
    left.write_text("# Half", encoding="utf-8")
    assert folder.read(one.id) == one
    folder.write_card(one.id, "# Whole\n")
    assert not left.exists()


ADD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import made_adapters as made
from ammo_agents.adapters.folder import AdapterFolder
root = Path(sys.argv[2])
print("ready", flush=True)
for n in range(10_000):
    AdapterFolder(root / "adapters").add(root / "given", made.manifest(seed=n))
"""


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.0, 0.01, 0.02, 0.05])
def test_a_kill_while_adding_leaves_only_whole_adapters(tmp_path: Path, after: float) -> None:
    given = made.files(tmp_path / "given")
    raw = (given / WEIGHTS).read_bytes() + b"\0" * 3_000_000
    (given / WEIGHTS).write_bytes(raw)
    words = [sys.executable, "-c", ADD, str(Path(__file__).parent), str(tmp_path)]
    child = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    try:
        child.wait(timeout=0.2 + after)
    except subprocess.TimeoutExpired:
        os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    folder = AdapterFolder(tmp_path / "adapters")
    assert folder.faults() == {}
    for one in folder.all():
        assert folder.read(one.id) == one
    folder.add(made.files(tmp_path / "other", "two"), made.manifest())
    assert not list(folder.root.glob(".*")), "what was half-written is swept away"
