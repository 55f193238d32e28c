"""`python -m hashkeep` is the same as the `hashkeep` program."""

from hashkeep.cli import main

main()
