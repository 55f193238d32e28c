"""No secret in anything that Hashkeep writes, at the most talkative level, whatever goes wrong."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from tests.harness import (
    ALICE,
    BOB,
    GROUP,
    ROOT,
    TOKEN,
    Chat,
    Site,
    environment,
    processes_below,
    running_playground,
    running_site,
    text_of,
    until,
)
from tests.hostile.relay import Relay, running_relay
from tests.next_hops import running_hop

PUBLIC = "http://93.184.215.14"
"""An address that is not allowed for its own sake, so the proxy behind ours is asked; it leads to the test's site."""

QUERY = "session=QuerySecret77"
BOT_LOGIN = ("bot-proxy-user", "b0t/pr0xy p@ss+wörd")
HOP_LOGIN = ("hop-user-name", "h0p:p@ssw0rd%41&x")
FROM_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAHASHKEEPTESTONLY",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYSECRETKEY",
    "PGPASSWORD": "database-p4ssw0rd",
    "WEBHOOK_SECRET": "webhook-secret_0123456789",
}
SECRETS = {
    "token": TOKEN,
    "second half of the token": TOKEN.partition(":")[2],
    "BOT_PROXY": BOT_LOGIN[1],
    "BOT_PROXY's user": BOT_LOGIN[0],
    "EGRESS_PROXY": HOP_LOGIN[1],
    **FROM_ENVIRONMENT,
}


def login(user: str, password: str) -> str:
    """As it stands in an address."""
    return f"{quote(user, safe='')}:{quote(password, safe='')}"


@asynccontextmanager
async def hashkeep(folder: Path, *words: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A command of Hashkeep whose every word goes into files of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    values = {
        "BOT_TOKEN": TOKEN,
        "DATA_DIR": str(folder / "data"),
        "LOG_LEVEL": "DEBUG",
        **FROM_ENVIRONMENT,
        **settings,
    }
    with (folder / "stdout").open("ab") as out, (folder / "stderr").open("ab") as err:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hashkeep", *words, stdout=out, stderr=err, cwd=ROOT, env=environment(**values)
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 30)


def written(folder: Path) -> dict[str, str]:
    """Everything that was written, by file, the database too; but for what pages gave."""
    return {
        str(path.relative_to(folder)): path.read_bytes().decode("utf-8", "replace")
        for path in folder.rglob("*")
        if path.is_file() and "blobs" not in path.parts
    }


def readings(text: str) -> Iterator[str]:
    """The text, and what it says when it is unquoted, unescaped or read as base64 from any place on."""
    yield text
    yield unquote(text)
    yield unquote(unquote(text))
    yield text.replace("\\\\", "\\")
    for run in set(re.findall(r"[A-Za-z0-9+/_-]{12,}", text)):
        plain = run.replace("-", "+").replace("_", "/")
        for start in range(4):
            piece = plain[start:]
            yield base64.b64decode(piece[: len(piece) // 4 * 4]).decode("utf-8", "replace")


def found_in(texts: dict[str, str]) -> list[str]:
    """Which secret stands where."""
    found = []
    for name, text in texts.items():
        all_of_it = "\n".join(readings(text)).lower()
        found += [f"{secret} in {name}" for secret, value in SECRETS.items() if value.lower() in all_of_it]
    return found


async def _is_ready(folder: Path, process: asyncio.subprocess.Process) -> None:
    async def look() -> bool:
        assert process.returncode is None, (folder / "stderr").read_text()[-2000:]
        return "running" in (folder / "stdout").read_text()

    await until(look, "Hashkeep to run")


async def _usual_things(chat: Chat, site: Site) -> None:
    """A link with a secret in its address, its files, lists, searches and deep links."""
    site.page("/kept", "Kept with a query")
    url = f"{site.url('/kept')}?{QUERY}#frag={QUERY}"
    card = await chat.card(await chat.say(f"{url} #kept", chat=GROUP, person=BOB))
    start = str(card["reply_markup"]).split("start=")[1].split("'")[0]
    await chat.api("POST", "/start", json={"as": BOB, "parameter": start})
    await chat.press(card, "Files", person=BOB)
    for command in ("/search query", "/tag kept", "/tags", "/show 1", "/help"):
        await chat.answer(await chat.say(command, chat=ALICE, person=ALICE))
    await chat.card(await chat.say(f"http://name:pagepassword@no-such-host.invalid/?{QUERY}", chat=ALICE))


async def _failures(chat: Chat, relay: Relay, site: Site) -> None:
    """A server that fails in every way, and repeats the token in its words."""
    echo = f"Not Found: /bot{TOKEN}/sendMessage?{QUERY}"
    for kind, more in (("500", {}), ("429", {"retry_after": 1}), ("drop", {}), ("502", {"description": echo}),
                       ("400", {"description": f"Bad Request: message can't be sent: {echo}"})):  # fmt: skip
        before = await _failed(chat)
        await chat.fault("sendMessage", kind, 1, chat_id=BOB, **more)
        await chat.say("/help", chat=BOB, person=BOB)

        async def struck(before: int = before) -> bool:
            return await _failed(chat) > before

        await until(struck, f"the fault {kind}")
    await chat.fault("getUpdates", "401", 1, description=f"Unauthorized {TOKEN}")
    relay.nonsense["sendMessage"] = [{"message_id": [echo], "date": {}, "chat": 5}, TOKEN, None]
    asked = await chat.say("/tags", chat=ALICE, person=ALICE)
    await chat.answer(asked)
    relay.put({"message": {"message_id": 1, "date": 1, "chat": {"id": ALICE, "type": "private"}, "text": TOKEN,
                           "entities": [{"type": "bot_command", "offset": 0, "length": 10**6}]}})  # fmt: skip
    await relay.settled()
    await chat.answer(await chat.say("/help", chat=ALICE, person=ALICE))
    await chat.fault("setMessageReaction", "400", 1, description=f"Bad Request: {echo}")
    assert "still" in text_of(await chat.card(await chat.say(site.page("/still", "It still works"), chat=ALICE)))


async def _failed(chat: Chat) -> int:
    return sum(not row["ok"] for row in await chat.requests("sendMessage"))


async def _crash(chat: Chat, site: Site, pid: int) -> None:
    """Whatever opens pages is killed in the middle of a capture."""
    url, gate = site.page("/crash", "Crash"), site.hold("/crash")
    message = await chat.say(f"{url}?{QUERY}", chat=ALICE)

    async def opened() -> bool:
        return any(hit.startswith("/crash") for hit in site.hits)

    await until(opened, "the page to be opened")
    tree = processes_below(pid)
    os.kill(min(number for number, words in tree.items() if "capture.worker" in words), signal.SIGKILL)
    gate.set()
    assert "Crash" in text_of(await chat.card(message))


async def test_nothing_that_is_written_holds_a_secret(tmp_path: Path) -> None:
    folder = tmp_path / "hashkeep"
    async with running_playground(tmp_path / "chats") as chat, running_relay(chat.address) as relay:
        with running_site() as site:
            port = int(relay.address.rpartition(":")[2])
            async with (
                running_hop("socks5", port, BOT_LOGIN) as to_telegram,
                running_hop("http", site.port, HOP_LOGIN) as out,
                hashkeep(
                    folder, "run", ACCESS="open", BOT_API_URL=relay.address, EGRESS_ALLOW="127.0.0.1",
                    BOT_PROXY=to_telegram.address(login(*BOT_LOGIN)), EGRESS_PROXY=out.address(login(*HOP_LOGIN)),
                ) as process,
            ):  # fmt: skip
                await _is_ready(folder, process)
                await _usual_things(chat, site)
                await _failures(chat, relay, site)
                await _crash(chat, site, process.pid)
                site.page("/hop", "Behind the proxy")
                assert "Behind" in text_of(await chat.card(await chat.say(f"{PUBLIC}/hop?{QUERY}", chat=ALICE)))
                out.mood = "refuses"
                await chat.card(await chat.say(f"{PUBLIC}/refused?{QUERY}", chat=ALICE))
                assert to_telegram.connections
                assert out.connections
    texts = written(folder)
    log = texts["stderr"]
    assert found_in(texts) == []
    # It did have something to hide, at every level.
    assert {" DEBUG ", " INFO ", " WARNING ", " ERROR "} <= set(re.findall(r" (?:DEBUG|INFO|WARNING|ERROR) ", log))
    assert "Traceback" in log
    assert "•••" in log
    for word in (QUERY, "QuerySecret", "pagepassword"):
        assert word not in log, "the query of an address is in the log"
        assert word not in texts["stdout"]


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        (("doctor",), {"EGRESS_PROXY": f"http://{login(*HOP_LOGIN)}@127.0.0.1:9"}),
        (("run",), {"BOT_TOKEN": TOKEN.replace(":", " : ")}),
        (("run",), {"BOT_PROXY": f"ftp://{login(*BOT_LOGIN)}@127.0.0.1:9"}),
        (("run",), {"EGRESS_PROXY": f"socks5://{login(*HOP_LOGIN)}@"}),
        (("run",), {"BOT_TOKEN": TOKEN, "BOT_TOKN": TOKEN}),
        (("capture", "http://127.0.0.1:9/"), {"EGRESS_PROXY": f"socks5://{login(*HOP_LOGIN)}@127.0.0.1:9"}),
    ],
)
async def test_what_stops_the_start_holds_no_secret(
    tmp_path: Path, words: tuple[str, ...], settings: dict[str, str]
) -> None:
    extra = ("--out", str(tmp_path / "out")) if words[0] == "capture" else ()
    async with hashkeep(tmp_path / "hashkeep", *words, *extra, **settings) as process:
        assert await asyncio.wait_for(process.wait(), 60)
    texts = written(tmp_path)
    assert texts["hashkeep/stderr"] or texts["hashkeep/stdout"]
    assert found_in(texts) == []


async def test_a_proxy_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    folder = tmp_path / "hashkeep"
    proxy = f"socks5://{login(*BOT_LOGIN)}@127.0.0.1:9"
    async with hashkeep(folder, "run", BOT_PROXY=proxy, BOT_API_URL="http://127.0.0.1:9"):

        async def tried() -> bool:
            return "does not answer" in (folder / "stderr").read_text()

        await until(tried, "a try to reach Telegram")
    assert found_in(written(folder)) == []


def test_the_search_finds_what_is_there() -> None:
    """What finds nothing above does find a secret in each of its forms."""
    value = BOT_LOGIN[1]
    packed = base64.b64encode(f"{BOT_LOGIN[0]}:{value}!".encode()).decode()
    for text in (
        value,
        quote(value, safe=""),
        quote(quote(value, safe=""), safe=""),
        packed,
        f"x{packed}",
        value.upper(),
    ):
        assert "BOT_PROXY in log" in found_in({"log": f"before {text} after"}), text
