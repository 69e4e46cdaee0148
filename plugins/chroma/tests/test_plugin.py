from ammo_agents.hooks import load_plugins
from ammo_agents.settings import Settings


def test_the_store_is_found_by_its_entry_point() -> None:
    plugins = load_plugins(Settings(plugins=("chroma",)))
    assert [store.name for store in plugins.stores()] == ["chroma"]
    assert [state.fault for state in plugins.states] == [""]
