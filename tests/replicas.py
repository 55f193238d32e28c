"""A fleet as it is run: replicas behind a webhook and workers, on one PostgreSQL database and one bucket."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psycopg

from tests.harness import Product, processes_below
from tests.ports import free_port
from tests.postgres import Postgres
from tests.s3 import S3Server
from tests.telegram import SECRET, Telegram

MODULE = "tests.fleet_product"


class Replicas:
    """The processes of one archive. Each can be killed, stopped and started again by its name."""

    def __init__(
        self, telegram: Telegram, postgres: Postgres, s3: S3Server, folder: Path, name: str, **settings: str
    ) -> None:
        self.postgres, self.s3, self.name = postgres, s3, name
        self.telegram = telegram
        self.folder = folder
        self.products: dict[str, Product] = {}
        self.settings = {
            "DATABASE_URL": postgres.create(name),
            **s3.environment_for(f"replicas/{name}"),
            "LOG_LEVEL": "INFO",
            **settings,
        }

    def replica(self, name: str, **settings: str) -> Product:
        """`hashkeep run --no-capture` behind the webhook."""
        port = free_port()
        listen = {"LISTEN": f"127.0.0.1:{port}", "WEBHOOK_URL": self.telegram.webhook_url, "WEBHOOK_SECRET": SECRET}
        product = self._product(name, CHROMIUM_PATH="", QUOTA_LINKS_PER_DAY="100000", **{**listen, **settings})
        product.words = ("run", "--no-capture")
        self.telegram.replicas.append(port)
        return product

    def worker(self, name: str, module: str = MODULE, **settings: str) -> Product:
        """`hashkeep worker`, with the engine of a fixed cost unless told otherwise."""
        engine = {"CHROMIUM_PATH": "/bin/cat"} if module == MODULE else {}
        product = self._product(name, **{**engine, **settings})
        for foreign in ("BOT_TOKEN", "BOT_API_URL", "ACCESS"):
            product._settings.pop(foreign, None)
        product.words, product.ready, product.module = ("worker",), "capturing", module
        return product

    def _product(self, name: str, **settings: str) -> Product:
        # Of a chat a product wants the address alone.
        product = Product(self.telegram, self.folder / name, **{**self.settings, **settings})  # type: ignore[arg-type]
        product.module = MODULE
        self.products[name] = product
        return product

    def connect(self) -> psycopg.Connection:
        """A connection of one's own, outside of any transaction."""
        return self.postgres.connect(self.name)

    def number(self, sql: str) -> int:
        """Asks the database for one number."""
        with self.connect() as connection:
            row = connection.execute(sql.encode()).fetchone()
        assert row
        return int(row[0] or 0)

    def kill_all(self) -> None:
        """Ends what is left."""
        for product in self.products.values():
            if product.process and product.process.poll() is None:
                for pid in (product.pid, *processes_below(product.pid)):
                    _signal(pid, signal.SIGCONT)
                product.kill()


def pause(product: Product) -> list[int]:
    """Stops a process and all below it, as when its machine stands still; gives whom `resume` wakes."""
    pids = [product.pid, *processes_below(product.pid)]
    for pid in pids:
        _signal(pid, signal.SIGSTOP)
    return pids


def resume(pids: list[int]) -> None:
    """Ends a pause."""
    for pid in pids:
        _signal(pid, signal.SIGCONT)


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


@asynccontextmanager
async def running_replicas(fleet: Replicas, replicas: int, workers: int, **worker: str) -> AsyncIterator[Replicas]:
    """Starts so many of each, and ends what is left of them after the block."""
    try:
        first = fleet.replica("replica-0")
        await first.start()  # it makes the tables
        others = [fleet.replica(f"replica-{n}") for n in range(1, replicas)]
        others += [fleet.worker(f"worker-{n}", **worker) for n in range(workers)]
        await asyncio.gather(*(product.start() for product in others))
        yield fleet
    finally:
        fleet.kill_all()
