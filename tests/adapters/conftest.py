"""Lets the tests of adapters share the adapters they make, and the way to run a real AMMO."""

import sys
from pathlib import Path

for folder in (Path(__file__).parent, Path(__file__).parents[1] / "doors"):
    sys.path.insert(0, str(folder))
