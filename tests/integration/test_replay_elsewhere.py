"""Archives are played back by others' programs, with the site gone: every word and picture comes back.

Needs what deploy/peers.sh sets up.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.site.replaying import PLAYERS, is_set_up
from tests.site.sample import sample

pytestmark = pytest.mark.skipif(not is_set_up(), reason="pywb and ReplayWeb.page come with deploy/peers.sh")


@pytest.mark.timeout(240)
@pytest.mark.parametrize("player", PLAYERS)
def test_archives_play_back_with_the_site_gone(player: str, tmp_path: Path) -> None:
    _, ended = sample()
    takings = [taken for taken, _ in ended.values()]
    misses = asyncio.run(PLAYERS[player](takings, tmp_path))
    assert not misses, "\n".join(map(str, misses))
