"""Several processes of Hashkeep on one PostgreSQL database and one bucket: the chat side, and workers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg

from tests.harness import Chat, Product
from tests.postgres import Postgres
from tests.s3 import S3Server

PASSWORD = "the-databases-own-p4ssw0rd"
QUICK = "tests.quick_fleet"
"""With the engine that has no browser, and sooner to find out what others have left."""


class Fleet:
    """An archive in a database and a bucket, and the ways to start processes for it."""

    def __init__(self, chat: Chat, postgres: Postgres, s3: S3Server, folder: Path, name: str) -> None:
        self.folder, self.postgres, self._chat, self._name = folder, postgres, chat, name
        url = postgres.create(name).replace("@", f":{PASSWORD}@", 1)
        self.settings = {"DATABASE_URL": url, **s3.environment_for(f"fleet/{name}")}

    def chat_side(self, name: str = "chat", **settings: str) -> Product:
        """`hashkeep run --no-capture`."""
        product = Product(self._chat, self.folder / name, **{**self.settings, **settings})
        product.words, product.module = ("run", "--no-capture"), QUICK
        return product

    def worker(self, name: str, module: str = QUICK, **settings: str) -> Product:
        """`hashkeep worker`; it is told of no chat."""
        product = Product(self._chat, self.folder / name, **{**self.settings, **settings})
        for foreign in ("BOT_TOKEN", "BOT_API_URL", "ACCESS"):
            del product._settings[foreign]
        product.words, product.ready, product.module = ("worker",), "capturing", module
        return product

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Asks the database."""
        with self.connect() as connection:
            return connection.execute(sql.encode()).fetchall()

    def connect(self) -> psycopg.Connection:
        """A connection of the test's own."""
        return self.postgres.connect(self._name)


@asynccontextmanager
async def running(*products: Product) -> AsyncIterator[None]:
    """Starts processes, and ends what is left of them after the block."""
    async with ended(*products):
        await asyncio.gather(*(product.start() for product in products))
        yield


@asynccontextmanager
async def ended(*products: Product) -> AsyncIterator[None]:
    """Ends what is left of processes after the block."""
    try:
        yield
    finally:
        for product in products:
            if product.process and product.process.poll() is None:
                product.kill()
