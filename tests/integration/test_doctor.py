"""`hashkeep doctor` finds what is wrong, says what to do, and never ends in a traceback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hashkeep import doctor
from hashkeep.doctor import Finding
from hashkeep.settings import Settings, load_settings
from tests.harness import TOKEN, Chat, running_playground

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    async with running_playground(tmp_path_factory.mktemp("doctor")) as running:
        yield running


def settings(folder: Path, **more: Any) -> Settings:
    return load_settings(folder / "no.env", data_dir=folder / "data", **more)


async def look(name: str, of: Settings) -> Finding:
    return await dict(doctor.CHECKS)[name](of)


async def test_a_folder_that_can_be_written_is_well(tmp_path: Path) -> None:
    assert (await look("Database", settings(tmp_path))).ok
    found = await look("Files", settings(tmp_path))
    assert found.ok
    assert str(tmp_path / "data" / "blobs") in found.what


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    for name in ("Database", "Files"):
        found = await look(name, settings(tmp_path))
        assert not found.ok, name
        assert "DATA_DIR" in found.do, name


async def test_a_token_that_telegram_knows_is_well(chat: Chat, tmp_path: Path) -> None:
    found = await look("Telegram", settings(tmp_path, bot_token=TOKEN, bot_api_url=chat.address))
    assert found == Finding(True, "@hashkeep_bot; it reads all messages of its groups")


async def test_privacy_mode_is_told_with_the_ways_out(chat: Chat, tmp_path: Path) -> None:
    await chat.api("POST", "/privacy", json={"on": True})
    try:
        found = await look("Telegram", settings(tmp_path, bot_token=TOKEN, bot_api_url=chat.address))
    finally:
        await chat.api("POST", "/privacy", json={"on": False})
    assert found.ok
    assert "/setprivacy" in found.do


@pytest.mark.parametrize(
    ("token", "address", "what", "do"),
    [
        (None, None, "no BOT_TOKEN", "/newbot"),
        (TOKEN[:-4] + "nope", None, "BOT_TOKEN is not known", "@BotFather"),
        (TOKEN, "http://127.0.0.1:1", "not reached", "BOT_PROXY"),
    ],
)
async def test_what_is_wrong_with_telegram_is_told(
    chat: Chat, tmp_path: Path, token: str | None, address: str | None, what: str, do: str
) -> None:
    found = await look("Telegram", settings(tmp_path, bot_token=token, bot_api_url=address or chat.address))
    assert not found.ok
    assert what in found.what
    assert do in found.do
    assert TOKEN.split(":")[1] not in found.what


async def test_every_look_is_a_line_and_one_bad_finding_the_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def well(_: Settings) -> Finding:
        return Finding(True, "is there")

    async def missing(_: Settings) -> Finding:
        return Finding(False, "is missing", "Install it.")

    monkeypatch.setattr(doctor, "CHECKS", (("One", well), ("Two", missing)))
    assert await doctor.examine(settings(tmp_path)) == 1
    assert capsys.readouterr().out == "✓ One: is there\n✗ Two: is missing\n    → Install it.\n"
    monkeypatch.setattr(doctor, "CHECKS", (("One", well),))
    assert await doctor.examine(settings(tmp_path)) == 0
