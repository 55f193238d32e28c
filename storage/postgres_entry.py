"""Whether a PostgreSQL server lets us into a database that can hold an archive: asked before it is opened.

A pool only says that there was no connection in time; and what a wrong password has in common with a server that is
starting up is that nothing comes of it.
"""

from __future__ import annotations

import asyncio
import os
import re
import select
import time

import psycopg
from psycopg import pq

from storage.postgres_tools import address
from storage.wrong_database import WrongDatabase

OLDEST = 15
"""The first version of the server that can hold an archive."""
ENCODING = "UTF8"
_CONNECT_S = 10
_MAKE = f"CREATE DATABASE hashkeep ENCODING '{ENCODING}' LOCALE 'C' TEMPLATE template0"

_WHAT_TO_DO = {
    "28P01": "Write a user and a password that PostgreSQL takes: psycopg://user:password@host/name (@ and / as %40 "
    "and %2F).",
    "28000": "Write a user who may log in from here; CREATE ROLE … LOGIN PASSWORD … makes one, and pg_hba.conf says "
    "who may come from where.",
    "3D000": f"Write the name of a database that is there, or make one: {_MAKE}",
    "42501": "Write a user who may connect to that database, or let this one: GRANT CONNECT ON DATABASE … TO …",
}
"""By SQLSTATE: refusals that no waiting ends. Whoever starts up, recovers or has too many guests says other ones."""

_REFUSAL = re.compile(rb'\tErrorResponse\t S "[^"]*"(?: V "[^"]*")? C "(\w{5})"')
_WANTS = {pq.PollingStatus.READING: select.POLLIN, pq.PollingStatus.WRITING: select.POLLOUT}
_codes: dict[str, str | None] = {}
"""By what was said, the SQLSTATE behind it: each is asked for once, as each asking costs libpq a little for ever."""


async def look_in(url: str) -> None:
    """Raises WrongDatabase, or psycopg.OperationalError while the server is away or not ready."""
    try:
        connection = await psycopg.AsyncConnection.connect(
            address(url), connect_timeout=_CONNECT_S, application_name="hashkeep-care"
        )
    except psycopg.OperationalError as error:
        said = " ".join(str(error).split())
        if do := _WHAT_TO_DO.get(await _code(url, said, error) or ""):
            raise WrongDatabase(_sentence(said.rpartition("failed: ")[2], do)) from None
        raise psycopg.OperationalError(f"DATABASE_URL: {said}") from error
    async with connection:
        version, encoding = connection.info.server_version, connection.info.parameter_status("server_encoding")
    if version < OLDEST * 10_000:
        raise WrongDatabase(_sentence(f"the server is PostgreSQL {version // 10_000}", f"{OLDEST} or newer is needed."))
    if encoding not in (ENCODING, None):  # not every pooler hands it on
        raise WrongDatabase(_sentence(f"the database is of {encoding}", f"It has to hold every script: {_MAKE}"))


def forbidden(said: str) -> WrongDatabase:
    """What to raise when tables cannot be made or changed."""
    do = "Let the user of DATABASE_URL make tables there (GRANT CREATE ON SCHEMA public TO …), and own those that are."
    return WrongDatabase(_sentence(said.strip().splitlines()[0], do))


def _sentence(what: str, do: str) -> str:
    return f"DATABASE_URL: {what.strip().rstrip('.')}. {do}"


async def _code(url: str, said: str, error: psycopg.OperationalError) -> str | None:
    """The SQLSTATE of a refusal; None where the server has said none."""
    if error.pgconn is None:  # the name leads nowhere
        return None
    if error.pgconn.needs_password:
        return "28P01"
    if said not in _codes:
        _codes[said] = await asyncio.to_thread(_refusal, url)
    return _codes[said]


def _refusal(url: str) -> str | None:
    """Knocks once more. libpq tells the code of a refusal to nobody but those that it lets trace what is sent.

    What is sent may be a password: it is written to memory alone. Where there is no trace (it is Linux's), and no code,
    one waits.
    """
    if not hasattr(os, "memfd_create"):
        return None
    trace = os.memfd_create("hashkeep-trace")
    try:
        connection = pq.PGconn.connect_start(address(url).encode())
        connection.trace(trace)
        _poll(connection)
        connection.untrace()
        connection.finish()
        found = _REFUSAL.findall(os.pread(trace, 1 << 20, 0))
    except psycopg.Error:
        return None
    finally:
        os.close(trace)
    return found[-1].decode() if found else None


def _poll(connection: pq.abc.PGconn) -> None:
    give_up = time.monotonic() + _CONNECT_S
    status = pq.PollingStatus.WRITING
    while (wants := _WANTS.get(status)) and (left_s := give_up - time.monotonic()) > 0:
        waiting = select.poll()
        waiting.register(connection.socket, wants)
        waiting.poll(left_s * 1000)
        status = pq.PollingStatus(connection.connect_poll())
