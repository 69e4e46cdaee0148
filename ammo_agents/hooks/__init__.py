"""The plugin seam: what a plugin may offer, and the loader that keeps a bad one from hurting the rest.

The only package that imports pluggy. A plugin is a module with ``@hookimpl`` functions, named by an
entry point of the group ``ammo``. Hooks register objects; the objects do the work.
"""

from ammo_agents.hooks.loader import Plugins, PluginState, load_plugins, provider_of
from ammo_agents.hooks.specs import Hooks, hookimpl, hookspec
from ammo_agents.plugins.found import GROUP
from ammo_agents.plugins.manifest import API

__all__ = [
    "API",
    "GROUP",
    "Hooks",
    "PluginState",
    "Plugins",
    "hookimpl",
    "hookspec",
    "load_plugins",
    "provider_of",
]
