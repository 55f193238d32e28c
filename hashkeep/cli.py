"""The command line: `hashkeep run | worker | capture | export | import | backup | restore | migrate-storage | …`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from hashkeep import early, leaving
from hashkeep.settings import Settings, WrongSettings, load_settings
from storage.database import StorageUnavailable
from storage.wrong_database import WrongDatabase

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A link archive that lives in a Telegram chat. Settings come from the environment and from .env.",
)

WRONG_USAGE = 2


def main() -> None:
    """Runs the command that the words name."""
    early.begin()
    leaving.prepare()
    early.end()
    try:
        app()
    except (WrongSettings, WrongDatabase) as error:
        print(f"Hashkeep cannot start with these settings:\n{error}", file=sys.stderr)
        leaving.with_status(WRONG_USAGE)
        raise SystemExit(WRONG_USAGE) from None
    except StorageUnavailable as error:
        print(f"Hashkeep cannot start: {error}", file=sys.stderr)
        leaving.with_status(leaving.FAILED)
        raise SystemExit(leaving.FAILED) from None
    except SystemExit as ending:
        early.deafen()
        leaving.with_status(ending.code)
        raise


@app.command()
def run(
    capture: Annotated[
        bool, typer.Option("--capture/--no-capture", help="Capture pages as well, or leave that to hashkeep worker.")
    ] = True,
) -> None:
    """Serve the bot: take links in, capture their pages, answer."""
    from hashkeep.run import run_until_stopped

    settings = load_settings()
    if settings.bot_token is None:
        raise WrongSettings(
            "BOT_TOKEN is missing. Talk to @BotFather in Telegram, type /newbot, and write the token that it "
            "gives you into .env as BOT_TOKEN=… To look around without one: hashkeep playground"
        )
    raise SystemExit(asyncio.run(run_until_stopped(settings, with_captures=capture)))


@app.command()
def worker() -> None:
    """Capture pages for a bot that runs elsewhere; needs DATABASE_URL and BLOB_URL, and no token."""
    from hashkeep.worker_command import work_until_stopped

    raise SystemExit(asyncio.run(work_until_stopped(load_settings())))


@app.command()
def playground(
    host: Annotated[
        str, typer.Option(help="The address to listen on; loopback unless you say otherwise.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port of the chat page (default: 8081, or a free one).")
    ] = None,
) -> None:
    """Try everything in a chat page in your browser, without Telegram and without a token."""
    from hashkeep.playground import run_playground

    raise SystemExit(asyncio.run(run_playground(host, port)))


@app.command()
def capture(
    urls: Annotated[list[str] | None, typer.Argument(metavar="URL…", help="The pages to capture.")] = None,
    from_file: Annotated[
        str | None,
        typer.Option("--from", metavar="FILE", help="Read URLs from a file, one a line; - is standard input."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to write to: the n-th URL goes to OUT/n/.")] = Path("captures"),
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=64, help="Pages at once (default: CAPTURE_WORKERS).")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write a PDF of each page as well.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line as each capture ends.")] = False,
) -> None:
    """Capture pages into a folder: a picture, an offline file, an archive, the text. Needs no token and no database."""
    from hashkeep.capture_command import capture_command

    settings = load_settings()
    raise SystemExit(
        capture_command(
            urls or [],
            from_file=from_file,
            out=out,
            concurrency=concurrency,
            as_json=json,
            pdf=pdf,
            settings=settings,
        )
    )


@app.command("export")
def export_(
    chat: Annotated[int, typer.Option(help="The chat's number, like -1001234567890 (a person's is positive).")],
    form: Annotated[str, typer.Option("--format", help="json, csv, bookmarks or zip (with the files).")] = "json",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file to write (default: one named after the chat).")
    ] = None,
) -> None:
    """Write a chat's archive to a file. A running bot is not disturbed."""
    from hashkeep.transfer_command import export_command

    raise SystemExit(export_command(load_settings(), chat, form, out))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What to read; its kind is found by its content.")],
    chat: Annotated[int, typer.Option(help="The chat whose archive gets the links.")],
    capture: Annotated[bool, typer.Option("--capture/--no-capture", help="Have the pages captured, when idle.")] = True,
    from_chat: Annotated[
        str | None, typer.Option(metavar="NAME|ID", help="Of an export of several Telegram chats, this one.")
    ] = None,
) -> None:
    """Read links into a chat's archive: Hashkeep's own files, bookmarks, other programs' exports, Telegram's."""
    from hashkeep.transfer_command import import_command

    raise SystemExit(import_command(load_settings(), file, chat, capture, from_chat))


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the copy goes; a second time only what is new.")],
) -> None:
    """Copy the whole archive to a folder. A running bot is not disturbed."""
    from hashkeep.care_command import backup_command

    raise SystemExit(backup_command(load_settings(), folder))


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that hashkeep backup wrote.")],
) -> None:
    """Bring a backup into an empty DATA_DIR (or database and bucket). Nothing is answered a second time."""
    from hashkeep.care_command import restore_command

    raise SystemExit(restore_command(load_settings(), folder))


@app.command()
def verify() -> None:
    """Read every file of the archive and say what is missing or damaged. Exit status 0: nothing is."""
    from hashkeep.care_command import verify_command

    raise SystemExit(verify_command(load_settings()))


@app.command()
def gc(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Remove what was deleted a week ago, what is kept longer than its chat wants, and files that nothing names."""
    from hashkeep.care_command import gc_command

    raise SystemExit(gc_command(load_settings(), dry_run=dry_run))


@app.command("migrate-storage")
def migrate_storage(
    to_database: Annotated[
        str | None, typer.Option(metavar="URL|DIR", help="psycopg://user@host/name, or the data folder for SQLite.")
    ] = None,
    to_blobs: Annotated[
        str | None, typer.Option(metavar="URL|DIR", help="s3://bucket/prefix, or the folder for files (data/blobs).")
    ] = None,
    from_database: Annotated[
        str | None, typer.Option(metavar="URL|DIR", help="The database that it comes from.")
    ] = None,
    from_blobs: Annotated[
        str | None, typer.Option(metavar="URL|DIR", help="The place that its files come from.")
    ] = None,
) -> None:
    """Move the archive: from SQLite and a folder to PostgreSQL and S3, or back.

    What no option names is what the settings say today. So stop Hashkeep,
    say where to, and change the settings afterwards:

    hashkeep migrate-storage --to-database psycopg://me@db/hashkeep
    --to-blobs s3://bucket/prefix

    Or change the settings first, and say where from:

    hashkeep migrate-storage --from-database data --from-blobs data/blobs

    The bucket's key comes from AWS_… in the settings. A password in a URL can
    be seen by others on this machine while it runs: leave it out there, and
    set PGPASSWORD or write ~/.pgpass. The target must be empty; the source is
    only read. Interrupted, the same command goes on. Each file is checked as
    it is copied, each table compared at the end. Exit status 0: all is moved.
    """
    from hashkeep.migrate_command import migrate_command

    raise SystemExit(migrate_command(from_database, from_blobs, to_database, to_blobs))


@app.command()
def doctor() -> None:
    """Check this machine and these settings, and say what to do about what is not right."""
    from hashkeep.doctor import examine

    raise SystemExit(asyncio.run(examine(load_settings())))


__all__ = ["Settings", "app", "main"]
