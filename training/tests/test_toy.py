"""The toy base is what it says: the same weights and ids as safetensors and as GGUF."""

from pathlib import Path

import pytest
import torch
import toy
from ammo_training import convert_base, load
from ammo_training.base_folder import check
from ammo_training.files import sha256_of
from ammo_training.options import Machine
from safetensors.torch import save_file

from ammo_agents.errors import BadInputError, MissingPartError, TamperedError


def test_a_base_is_refused_once_a_byte_of_it_changed(tmp_path: Path) -> None:
    made = toy.base(tmp_path / "base", sha256="ab" * 32)
    assert check(made.folder, sha256="ab" * 32) == made
    config = made.folder / "config.json"
    config.write_text(config.read_text("utf-8").replace("512", "513"), encoding="utf-8")
    with pytest.raises(TamperedError, match=r"config\.json has sha256"):
        check(made.folder)


def test_a_base_is_refused_with_a_pickle_an_extra_a_missing_file_or_another_hash(
    tmp_path: Path,
) -> None:
    made = toy.base(tmp_path / "base")
    with pytest.raises(TamperedError, match="wanted feed"):
        check(made.folder, sha256="feed")
    (made.folder / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(TamperedError, match=r"pytorch_model\.bin may not lie"):
        check(made.folder)
    (made.folder / "pytorch_model.bin").rename(made.folder / "adapter.safetensors")
    with pytest.raises(TamperedError, match="not in the manifest"):
        check(made.folder)
    (made.folder / "adapter.safetensors").unlink()
    (made.folder / "tokenizer.json").unlink()
    with pytest.raises(TamperedError, match=r"tokenizer\.json is missing"):
        check(made.folder)


def test_a_gguf_becomes_the_same_weights_and_ids_as_safetensors_once(tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    source = toy.gguf(tmp_path / "toy" / "toy.gguf")
    made = convert_base.prepare(source, tmp_path / "bases")
    assert made.folder == tmp_path / "bases" / sha256_of(source)
    loaded = load.load(made, machine=Machine(device="cpu", threads=1))
    wanted = toy.model().state_dict()
    for name, value in loaded.model.state_dict().items():
        assert torch.equal(value, wanted[name]), name
    texts = [row[k] for row in toy.pairs(34) for k in ("chosen", "rejected")] + ["é 日本 1234 \n\t"]
    own = toy.tokenizer()
    assert [loaded.tokenizer(t).input_ids for t in texts] == [own(t).input_ids for t in texts]
    before = (made.folder / "manifest.json").stat().st_mtime_ns
    assert convert_base.prepare(source, tmp_path / "bases") == made
    assert (made.folder / "manifest.json").stat().st_mtime_ns == before


def test_a_folder_of_safetensors_is_taken_without_what_no_loader_needs(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    toy.base(folder)
    (folder / "manifest.json").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04")
    (folder / "README.md").write_text("hello")
    made = convert_base.prepare(convert_base.find_source(str(folder), tmp_path), tmp_path / "bases")
    assert "model.safetensors" in made.files
    assert not set(made.files) & {"pytorch_model.bin", "README.md"}
    with (folder / "model.safetensors").open("r+b") as weights:
        weights.seek(-4, 2)
        weights.write(b"\0\0\0\0")
    with pytest.raises(TamperedError, match="safetensors"):
        check(made.folder)


def test_a_base_that_is_not_here_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(MissingPartError, match="local/nothing"):
        convert_base.find_source("local/nothing", tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(TamperedError, match=r"pickled weights only \(pytorch_model\.bin\)"):
        convert_base.find_source(str(tmp_path), tmp_path)
    with pytest.raises(BadInputError, match="litellm/gpt"):
        convert_base.find_source("litellm/gpt", tmp_path)


def test_an_adapter_with_a_pickle_or_a_nan_beside_it_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    weights = {"a": torch.tensor([1.0, float("nan")])}
    save_file(weights, tmp_path / "adapter_model.safetensors")
    with pytest.raises(TamperedError, match="a is not finite"):
        load.check_adapter(tmp_path)
    (tmp_path / "adapter_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(TamperedError, match=r"adapter_model\.bin is a pickle"):
        load.check_adapter(tmp_path)
