import pytest
from ammo_local.model import LocalModel
from ammo_local.provider import LocalModels

from ammo_agents.testing import check_embedder, check_model

pytestmark = pytest.mark.slow


async def test_the_small_model_keeps_the_model_contract(model: LocalModel) -> None:
    assert len(await check_model(model)) == 12


async def test_the_embedder_keeps_the_embedder_contract(provider: LocalModels) -> None:
    embedder = await provider.open_embedder("local/minilm-l6-v2")
    assert len(await check_embedder(embedder)) == 6
    await embedder.close()
