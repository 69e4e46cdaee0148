"""Lets these tests share small worlds."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "user"))
sys.path.insert(0, str(Path(__file__).parent))
