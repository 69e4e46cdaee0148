"""The ``ammo`` command."""


def run() -> None: ...
