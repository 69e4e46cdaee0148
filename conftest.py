"""House rules of the test suite: asyncio, no blocking call in the loop."""

from collections.abc import Iterator

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import settings as hypothesis_settings

hypothesis_settings.register_profile("fast", derandomize=True, deadline=None, max_examples=50)
hypothesis_settings.register_profile("thorough", deadline=None, max_examples=1000)
hypothesis_settings.load_profile("fast")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _no_blocking_calls() -> Iterator[None]:
    with blockbuster_ctx():
        yield
