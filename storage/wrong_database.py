"""What is said of a database that no waiting makes usable."""

from __future__ import annotations


class WrongDatabase(Exception):
    """The settings name a database that cannot be used; the message names the setting and says what to do instead."""
