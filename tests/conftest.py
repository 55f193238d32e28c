"""Shares the tests out among the processes of a run, and says at its end what all of them have to say.

A module's tests stay together, as its fixtures are dear, but for the modules of `APART`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.hostile import summary
from tests.kills import tally
from tests.postgres import Postgres, running_postgres

FIRST = (
    "tests/integration/test_site_kept.py",
    "tests/e2e/",
    "tests/integration/test_hostile_pages.py",
    "tests/integration/test_kill_matrix.py",
    "tests/integration/test_hanging_parts.py",
    "tests/integration/test_pool_chromium.py",
    "tests/integration/test_engine_answers.py",
    "tests/integration/test_engine_troubles.py",
    "tests/integration/test_engine_pages.py",
    "tests/integration/test_single_file_copies.py",
    "tests/integration/test_recorder_network.py",
    "tests/integration/test_hostile_network.py",
    "tests/integration/",
    "tests/unit/",
)
"""What takes longest comes first, what is quick last: no process is left alone with much to do at the end."""

APART = frozenset({
    "tests/e2e/test_kill_main.py",
    "tests/e2e/test_log_numbers.py",
    "tests/e2e/test_no_secrets.py",
    "tests/e2e/test_odd_machines.py",
    "tests/e2e/test_webhook.py",
    "tests/integration/test_hanging_parts.py",
    "tests/integration/test_kill_matrix.py",
    "tests/integration/test_pool_chromium.py",
})  # fmt: skip
"""Modules whose tests have nothing in common and take long: each goes to whoever is free."""

_SAMPLE = "the pages that tests/site/sample.py captures once"
TOGETHER = {
    "tests/integration/test_archives_valid.py": _SAMPLE,
    "tests/integration/test_looks_of_copies.py": _SAMPLE,
    "tests/integration/test_replay_elsewhere.py": _SAMPLE,
    "tests/integration/test_site_kept.py": _SAMPLE,
}
"""Modules that share what is dear to make."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for all who want a database of their own on it."""
    with running_postgres() as server:
        yield server


ON_SQLITE_ALONE = frozenset({
    "tests/e2e/test_bucket.py",
    "tests/e2e/test_chat_page.py",
    "tests/e2e/test_fleet.py",
    "tests/e2e/test_hostile_people.py",
    "tests/e2e/test_kill_main.py",
    "tests/e2e/test_log_numbers.py",
    "tests/e2e/test_metrics.py",
    "tests/e2e/test_no_secrets.py",
    "tests/e2e/test_odd_machines.py",
    "tests/e2e/test_webhook.py",
})  # fmt: skip
"""Modules that are about something else than what is stored: processes, the chat page, secrets, machines."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Everything else runs on each kind of database."""
    if "fresh_database" in metafunc.fixturenames:
        alone = metafunc.definition.nodeid.partition("::")[0] in ON_SQLITE_ALONE
        kinds = ["sqlite"] if alone else ["sqlite", "postgres"]
        metafunc.parametrize("fresh_database", kinds, indirect=True, scope="module")


@pytest.fixture(scope="module")
def fresh_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a module's own empty database, of each kind that Hashkeep runs on."""
    if request.param == "sqlite":
        yield "sqlite://"
        return
    with request.getfixturevalue("postgres").database() as url:
        yield url


class Shares(LoadScopeScheduling):
    """What one process takes at a time is a module on one kind of database, or several modules, or a test."""

    def _split_scope(self, nodeid: str) -> str:
        module, _, test = nodeid.partition("::")
        if module in APART:
            return nodeid
        kind = "postgres" if "postgres" in test.partition("[")[2] else ""
        return TOGETHER.get(module, f"{module} {kind}")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares:
    """Takes the place of `--dist`'s own ways."""
    config.option.loadscopereorder = False
    return Shares(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest first, where there are several processes."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: next(n for n, start in enumerate((*FIRST, "")) if item.nodeid.startswith(start)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes hands on what it counted."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["told"] = {"kills": tally.told(), "hostile": summary.SUM.told()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Adds up what the processes counted."""
    if told := getattr(node, "workeroutput", {}).get("told"):
        tally.add(told["kills"])
        summary.SUM.add(told["hostile"])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The kill matrix in one line, if any of it was run."""
    if tally.kills:
        terminalreporter.write_line(tally.line())
