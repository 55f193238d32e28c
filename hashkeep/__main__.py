"""The `hashkeep` program, also as `python -m hashkeep`."""

from __future__ import annotations

from hashkeep import early

early.begin()


def main() -> None:
    """Entry point."""
    from hashkeep import cli  # takes a second

    cli.main()


if __name__ == "__main__":
    main()
