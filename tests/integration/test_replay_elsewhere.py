"""Archives are played back by others' programs, with the site gone: every word and picture comes back.

The players come with the set-up of `make test`; `deploy/peers.sh replay` fetches them alone.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.site.replaying import PLAYERS, check_set_up
from tests.site.sample import sample

BY_PYWB_ALONE = {
    "lazy", "css-images", "frames-below", "content-visibility", "redirects", "stuck-document", "late-title",
    "about-robots", "shapes-tables", "states", "animated-by-script",
}  # fmt: skip
"""The player takes three times as long, and finds in these what it finds in others."""


@pytest.mark.timeout(240)
@pytest.mark.parametrize("player", PLAYERS)
def test_archives_play_back_with_the_site_gone(player: str, tmp_path: Path) -> None:
    check_set_up()
    _, ended = sample()
    takings = [taken for name, (taken, _) in ended.items() if player != "player" or name not in BY_PYWB_ALONE]
    misses = asyncio.run(PLAYERS[player](takings, tmp_path))
    assert not misses, "\n".join(map(str, misses))
