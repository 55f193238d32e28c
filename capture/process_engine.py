"""What a worker runs: the engine and its browser, under the two names by which a worker finds them."""

from capture.browser import open_browser
from capture.engine import capture

__all__ = ["capture", "open_browser"]
