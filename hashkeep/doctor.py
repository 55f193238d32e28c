"""`hashkeep doctor`: looks at everything that has to be right, and says what to do about what is not."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from telegram import Bot
from telegram.error import InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from capture.pool import WorkerDied
from capture.process_examine import SAMPLES
from capture.process_user import is_root
from hashkeep.blobs import open_blobs
from hashkeep.boundary import Boundary, examine_browser, find_boundary, try_out, weakest_boundary
from hashkeep.chromium import find_chromium
from hashkeep.opening import naming_file
from hashkeep.settings import Settings, WrongSettings
from hashkeep.way_out import try_way_out
from storage import clock, database
from storage.blobs_folder import FolderBlobs
from storage.wrong_database import WrongDatabase

MIN_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Finding:
    """What one look found: `ok`, what it is, and what to do if it is not right."""

    ok: bool
    what: str
    do: str = ""


Check = Callable[[Settings], Awaitable[Finding]]


async def examine(settings: Settings) -> int:
    """Prints a line per check; returns 0 when all is well and 1 otherwise. What it makes, it removes again."""
    with _nothing_stays(settings.scratch):
        return await _examine(settings)


@contextmanager
def _nothing_stays(scratch: Path) -> Iterator[None]:
    """A new place has to be empty for `restore`, and belongs to whoever starts there first."""
    made = [folder for folder in (scratch, *scratch.parents) if not folder.exists()]
    try:
        yield
    finally:
        if made:
            shutil.rmtree(scratch, ignore_errors=True)
        for folder in made[1:]:
            with suppress(OSError):
                folder.rmdir()


async def _examine(settings: Settings) -> int:
    status = 0
    for name, check in CHECKS:
        try:
            finding = await check(settings)
        except WrongSettings as error:
            finding = Finding(False, str(error))
        except OSError as error:
            finding = Finding(False, str(error), "Check the rights and the space of DATA_DIR.")
        print(f"{'✓' if finding.ok else '✗'} {name}: {finding.what}", flush=True)
        if not finding.ok:
            status = 1
        if finding.do:
            print(f"    → {finding.do}")
    return status


async def _browser(settings: Settings) -> Finding:
    path = find_chromium(settings)
    try:
        boundary = await _nearest_boundary(settings, _scratch(settings))
        found = await examine_browser(settings, boundary, settings.scratch)
    except WorkerDied as error:
        first = str(error).strip().splitlines()[0]
        return Finding(False, f"{path} does not start ({first})", "Run `make setup`, or set CHROMIUM_PATH.")
    if found["missing"]:
        return Finding(
            False,
            f"{path} has no glyphs for {', '.join(found['missing'])}",
            "sudo apt-get install -y fonts-noto-cjk fonts-noto-color-emoji",
        )
    if boundary.sandbox and found["confined"] is False:
        return Finding(False, f"{path} runs its renderers without a sandbox", "Please report this: docs/security.md.")
    return Finding(True, f"{path} renders {', '.join(SAMPLES)}")


async def _nearest_boundary(settings: Settings, scratch: Path) -> Boundary:
    """What can be had here: a missing sandbox has a line of its own."""
    try:
        return await find_boundary(settings, scratch)
    except WrongSettings:
        return weakest_boundary(await try_out(settings, scratch))


def _scratch(settings: Settings) -> Path:
    settings.scratch.mkdir(parents=True, exist_ok=True)
    return settings.scratch


async def _sandbox(settings: Settings) -> Finding:
    boundary = await find_boundary(settings, _scratch(settings))
    if boundary.own_users:
        user = "each worker has an unprivileged user of its own"
    else:
        user = "workers run as root" if is_root() else "workers run as you"
    if boundary.sandbox:
        return Finding(True, f"Chromium's is on; {user}")
    return Finding(True, f"off, as CAPTURE_SANDBOX says; {user}", "Remove CAPTURE_SANDBOX=off where it can be on.")


async def _database(settings: Settings) -> Finding:
    try:
        schema = await database.schema_of(settings.database, settings.data_dir)
        if schema is database.Schema.MISSING and not settings.database_url:
            with tempfile.TemporaryFile(dir=_nearest(settings.data_dir)):
                pass
    except WrongDatabase as error:
        return Finding(False, str(error))
    except Exception as error:  # noqa: BLE001 - the finding
        do = "Check the rights and the space of DATA_DIR."
        if settings.database_url:
            do = "Check DATABASE_URL, and that the server runs and lets this user in."
        named = naming_file(settings, error) if isinstance(error, OSError) else error
        return Finding(False, f"cannot be used ({named})", do)
    where = "PostgreSQL" if settings.database_url else f"SQLite in {settings.data_dir.absolute()}"
    return Finding(True, where + _SCHEMAS[schema])


_SCHEMAS = {
    database.Schema.MISSING: ": empty yet; the first start makes the archive",
    database.Schema.OLD: ", as an older Hashkeep left it; the next start brings it up to date",
    database.Schema.CURRENT: "",
}


async def _blobs(settings: Settings) -> Finding:
    folder = settings.data_dir / "blobs"
    probe = secrets.token_bytes(32)
    try:
        with tempfile.TemporaryDirectory(dir=_nearest(folder), prefix="doctor-") as scratch:
            (path := Path(scratch) / "probe").write_bytes(probe)
            store = open_blobs(settings) if settings.bucket else FolderBlobs(Path(scratch) / "blobs")
            ref = await store.put_file(path)
            whole = await store.read(ref.sha256) == probe
            await store.remove_unnamed(ref.sha256, clock.now() + timedelta(days=1), _by_nobody)
    except OSError as error:
        do = "Check the rights and the space of DATA_DIR."
        if settings.bucket:
            do = f"Check BLOB_URL, the AWS_… settings, and that {settings.bucket} is reached and lets the key write."
        return Finding(False, f"cannot be written ({error})", do)
    if settings.bucket:
        return Finding(whole, f"{store} keeps them" if whole else f"{store} gave back other bytes than it got")
    free = shutil.disk_usage(_nearest(folder)).free
    if not whole or free < MIN_FREE_BYTES:
        return Finding(False, f"{free / 1e9:.1f} GB free", "Free some space: a page takes 2 MB on average.")
    return Finding(True, f"{folder.absolute()}, {free / 1e9:.0f} GB free")


async def _by_nobody(_sha256: str) -> bool:
    return False


def _nearest(folder: Path) -> Path:
    """The folder, or the one that it would be made in."""
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())


async def _telegram(settings: Settings) -> Finding:
    if settings.bot_token is None:
        return Finding(False, "no BOT_TOKEN", "Ask @BotFather for one (/newbot), or try `hashkeep playground` without.")
    proxy = settings.bot_proxy.get_secret_value() if settings.bot_proxy else None
    root = settings.bot_api_url or "https://api.telegram.org"
    bot = Bot(
        settings.bot_token.get_secret_value(),
        base_url=f"{root}/bot",
        request=HTTPXRequest(proxy=proxy, connect_timeout=10, read_timeout=10),
    )
    try:
        async with bot:  # it asks who it is when it begins
            me = bot.bot
    except InvalidToken:
        return Finding(False, "BOT_TOKEN is not known there", "Copy the token from @BotFather again.")
    except TelegramError as error:
        return Finding(
            False,
            f"not reached ({error.message})",
            "Is the machine online? Where Telegram is blocked: BOT_PROXY.",
        )
    if me.can_read_all_group_messages:
        return Finding(True, f"@{me.username}; it reads all messages of its groups")
    return Finding(
        True,
        f"@{me.username}; privacy mode is on: in groups it sees only commands and replies",
        "For groups: @BotFather /setprivacy → Disable, then remove the bot and add it again; or make it an admin.",
    )


async def _process(settings: Settings) -> Finding:
    why = {
        "spawn": "a worker starts from nothing and inherits nothing",
        "forkserver": "workers are forked from a clean server process",
        "fork": "workers are forked from the single-threaded supervisor",
    }[settings.capture_start_method]
    return Finding(True, f"{settings.capture_workers} workers, started by {settings.capture_start_method}: {why}")


async def _way_out(settings: Settings) -> Finding:
    hop, listed = settings.next_hop, settings.egress_blocklist
    more = f"; nothing from {len(listed)} listed hosts" if listed else ""
    if hop is None:
        return Finding(True, f"pages are opened directly{more}")
    found = await try_way_out(settings, hop)
    if found.trouble:
        return Finding(False, f"through {hop.place}: {found.trouble}", found.do)
    return Finding(True, f"through {hop.place}, which gets {hop.gets}{more}")


CHECKS: tuple[tuple[str, Check], ...] = (
    ("Browser and fonts", _browser),
    ("Sandbox", _sandbox),
    ("Workers", _process),
    ("Way out", _way_out),
    ("Database", _database),
    ("Files", _blobs),
    ("Telegram", _telegram),
)
