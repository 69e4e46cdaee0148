"""The app keeps its own OpenAPI: every address as the owner, as somebody else, and as nobody (F10).

A small, derandomised part of ``bench/fuzz.py``, which makes 10,000 requests and more.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from fuzz import WHO, fuzzed, running

FEW = {"owner": 8, "other": 5, "nobody": 2}


@pytest.mark.timeout(180)
def test_no_answer_is_a_bug_or_one_the_openapi_does_not_describe(tmp_path: Path) -> None:
    with running(tmp_path / "home") as here:
        found = {who: fuzzed(here, who, most=FEW[who]) for who in WHO}
    for who in WHO:
        assert found[who].failures == [], who
        assert found[who].operations > 50
        assert not [code for code in found[who].statuses if code >= 500]
    assert found["owner"].statuses[200] > 50
    reached = {code for code in found["nobody"].statuses if code < 400}
    assert found["nobody"].statuses[200] <= FEW["nobody"]  # one word of health
    assert reached <= {200}
