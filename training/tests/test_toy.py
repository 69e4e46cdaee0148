"""The toy base is what it says: the same weights and ids as safetensors and as GGUF."""

from pathlib import Path

import pytest
import toy
from ammo_training.base_folder import check

from ammo_agents.errors import TamperedError


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
