"""One playground and one Hashkeep for the tests of a module that leave both as they were; the others start their own.

No longer than for a module: the next one may look at every process below its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.harness import Chat, Product, Site, running_playground, running_product, running_site
from tests.s3 import S3Server, running_s3

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """An S3 server; whoever uses it takes a prefix of its own, and leaves it running."""
    with running_s3() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def chat(tmp_path_factory: pytest.TempPathFactory, fresh_database: str) -> AsyncIterator[Chat]:
    async with running_playground(tmp_path_factory.mktemp("chats")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def product(chat: Chat, tmp_path_factory: pytest.TempPathFactory, fresh_database: str) -> AsyncIterator[Product]:
    """Hashkeep on each kind of database in turn, each with chats of its own."""
    folder = tmp_path_factory.mktemp("product") / "archive"
    on = {} if fresh_database == "sqlite://" else {"DATABASE_URL": fresh_database}
    async with running_product(chat, folder, module="tests.quick_product", **on) as running:
        yield running
