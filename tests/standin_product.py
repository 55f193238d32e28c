"""`python -m tests.standin_product run`: Hashkeep as it is, but with the engine that has no browser."""

from __future__ import annotations

import functools

from hashkeep import boundary, capturing, cli

capturing.pool_settings = functools.partial(boundary.pool_settings, engine="tests.standin_engine")  # type: ignore[attr-defined]

if __name__ == "__main__":
    cli.main()
