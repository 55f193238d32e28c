"""`python -m tests.quick_fleet worker`: a worker without a browser, with short leases and many sweeps."""

from __future__ import annotations

import functools

from hashkeep import boundary, capturing, cli
from storage.queue import fleet

LEASE_S = 4.0

capturing.pool_settings = functools.partial(boundary.pool_settings, engine="tests.standin_engine")  # type: ignore[attr-defined]

if __name__ == "__main__":
    capturing.LEASE_S = fleet.AFTER_RESTART_S = LEASE_S
    fleet.SWEEP_S = 0.5
    cli.main()
