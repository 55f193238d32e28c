"""`python -m tests.fleet_product run --no-capture | worker`: a fleet's process as it is, but for three things.

Its engine has no browser and a fixed cost, Telegram's limits for messages are not kept to (a run would mostly wait for
them), and `FLEET_LEASE_S`, where it is set, is how long a capture stays taken without a sign of life.
"""

from __future__ import annotations

import functools
import os

from bot import ratelimit
from hashkeep import boundary, capturing, cli
from storage.queue import fleet

capturing.pool_settings = functools.partial(boundary.pool_settings, engine="tests.steady_engine")  # type: ignore[attr-defined]
ratelimit.ChatRateLimiter._wait_s = lambda *_: 0.0  # type: ignore[method-assign]

if lease := os.environ.get("FLEET_LEASE_S"):
    capturing.LEASE_S = fleet.AFTER_ABSENCE_S = float(lease)
    fleet.SILENT_S = max(float(lease), 2 * fleet.SWEEP_S)

if __name__ == "__main__":
    cli.main()
