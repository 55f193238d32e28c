"""`python -m tests.quick_fleet`: Hashkeep with an engine that has no browser, short leases, many sweeps."""

from __future__ import annotations

import functools
import os

from capture import errands
from hashkeep import boundary, capturing, cli
from storage import postgres
from storage.queue import fleet

LEASE_S = float(os.environ.get("FLEET_LEASE_S", "4"))
PATIENCE_S = 2.0
"""How long there may be no database, or nobody to do an errand, before that is said."""

capturing.pool_settings = functools.partial(boundary.pool_settings, engine="tests.standin_engine")  # type: ignore[attr-defined]

if __name__ == "__main__":
    capturing.LEASE_S = LEASE_S
    fleet.AFTER_ABSENCE_S = 8.0
    fleet.SWEEP_S = 0.5
    postgres.PATIENCE_S = errands.NOBODY_S = PATIENCE_S
    cli.main()
