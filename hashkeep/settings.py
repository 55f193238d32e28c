"""Every setting, read from the environment and from `.env`, checked before anything starts."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from capture.address import AddressRule, parse_allow
from capture.egress_blocklist import Blocklist, load_blocklist
from capture.egress_next_hop import NextHop, parse_next_hop
from storage import database
from storage.blobs_bucket import Bucket

OUR_PREFIXES = ("BLOB_", "BOT_", "CAPTURE_", "EGRESS_", "HASHKEEP_", "QUOTA_", "SCRATCH_", "WEBHOOK_")
"""An unknown name in the environment that begins like this is taken for a misspelt setting."""

_FOREIGN = frozenset({"BOT_ID", "BOT_NAME"})
"""Names with our prefixes that other programs are known to use."""

_FOREIGN_PREFIX = "AWS_"
"""Of these names only some are ours; the others belong to other programs."""

_KUBERNETES = re.compile(
    r"\w+_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?)", re.ASCII
)
"""What Kubernetes tells every container of each service; ours may well be called hashkeep."""

_BUCKET = re.compile(
    r"s3://(?P<name>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?P<prefix>(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._-]+)*)/?"
)

_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,100}")


class WrongSettings(Exception):
    """One or more settings cannot be used; the message names each and says what to write instead."""


def _ids(value: Any) -> Any:
    """`1, 2 3` → (1, 2, 3); what is not text is left to pydantic."""
    if isinstance(value, str):
        return tuple(part for part in re.split(r"[,\s]+", value) if part)
    return value


class Settings(BaseSettings):
    """Hashkeep's settings. The description of each field is what README and `.env.example` say of it."""

    model_config = SettingsConfigDict(
        extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True, arbitrary_types_allowed=True
    )

    bot_token: SecretStr | None = Field(
        default=None, description="The token that @BotFather gave you, like 123456:ABC-DEF…"
    )
    bot_api_url: str | None = Field(
        default=None, description="Another Bot API server, like http://127.0.0.1:8081 (default: Telegram's)"
    )
    bot_proxy: SecretStr | None = Field(
        default=None,
        description="The way to Telegram where it is blocked: http://… or socks5://user:password@host:port",
    )
    access: Literal["invited", "open"] = Field(
        default="invited",
        description="Who is served: invited (owners, allowed, groups they add the bot to) or open (everybody)",
    )
    owner_ids: Annotated[tuple[int, ...], NoDecode] = Field(
        default=(), description="Telegram ids of the owners, separated by commas"
    )
    allowed_ids: Annotated[tuple[int, ...], NoDecode] = Field(
        default=(), description="Telegram ids of people and chats that are served as well"
    )
    data_dir: Path = Field(default=Path("data"), description="The folder of the database and of the files")
    database_url: SecretStr | None = Field(
        default=None,
        description="A PostgreSQL database, like psycopg://user:password@host/name (default: SQLite in DATA_DIR)",
    )
    blob_url: str | None = Field(
        default=None, description="Where files are kept: s3://bucket/prefix (default: the folder DATA_DIR/blobs)"
    )
    aws_endpoint_url: str | None = Field(
        default=None, description="The S3 server of BLOB_URL, like https://s3.example.org (default: Amazon's)"
    )
    aws_access_key_id: SecretStr | None = Field(default=None, description="The key for the bucket of BLOB_URL")
    aws_secret_access_key: SecretStr | None = Field(default=None, description="The secret half of that key")
    aws_session_token: SecretStr | None = Field(
        default=None, description="The token that belongs to a key which is lent for a while"
    )
    aws_region: str = Field(default="us-east-1", description="The region of the bucket, where the server has regions")
    aws_allow_http: bool = Field(
        default=False, description="Whether AWS_ENDPOINT_URL may be plain http, in a network of your own: true or false"
    )
    listen: str | None = Field(
        default=None, description="Where /healthz, /readyz, /metrics and the webhook are served, like 127.0.0.1:8080"
    )
    metrics_listen: str | None = Field(
        default=None, description="Where /metrics is served alone (default: on LISTEN, beside the others)"
    )
    webhook_url: str | None = Field(
        default=None, description="The https address at which Telegram reaches LISTEN (default: long polling)"
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="What Telegram proves itself with: 16 to 256 letters, digits, _ and -, made up by you"
    )
    capture_workers: int = Field(default=2, ge=1, le=64, description="Pages that are captured at the same time")
    capture_start_method: Literal["spawn", "forkserver", "fork"] = Field(
        default="spawn", description="How a worker process is started: spawn, forkserver or fork"
    )
    capture_worker_pages: int = Field(
        default=50, ge=1, le=100_000, description="Pages after which a worker process is replaced by a new one"
    )
    capture_memory_megabytes: int = Field(
        default=1500, ge=300, le=1_000_000, description="Megabytes that a worker with its browser may hold"
    )
    capture_timeout: int = Field(default=60, ge=5, le=600, description="Seconds that one capture may take")
    capture_sandbox: Literal["on", "off"] = Field(
        default="on",
        description="Chromium's sandbox: on, or off where the machine cannot have it and you accept that",
    )
    capture_pdf: Literal["always", "on-demand", "off"] = Field(
        default="on-demand",
        description="PDFs of pages: always, on-demand (made when somebody asks for one) or off",
    )
    capture_consent: Literal["answer", "leave"] = Field(
        default="answer",
        description="Banners that ask for consent to cookies: answer (with the most private choice) or leave",
    )
    capture_resource_megabytes: int = Field(
        default=8, ge=1, le=100, description="The largest picture, script or other part of a page that is kept, in MB"
    )
    capture_file_megabytes: int = Field(
        default=50, ge=1, le=500, description="The largest page or file that is kept, in MB; a bot can send 50"
    )
    capture_total_megabytes: int = Field(
        default=100, ge=1, le=1000, description="All parts of one page that are kept, together, in MB"
    )
    quota_links_per_day: int = Field(
        default=500, ge=0, le=1_000_000, description="New links that one archive may take in 24 hours"
    )
    quota_megabytes: int = Field(
        default=5_000,
        ge=0,
        le=100_000_000,
        description="What one archive may hold, in MB; above it links are kept alone",
    )
    chromium_path: Path | None = Field(
        default=None, description="Chromium's headless shell, where it is not found by itself"
    )
    egress_allow: str = Field(
        default="",
        description="Private addresses that may be captured all the same: host, host:port or CIDR, with commas",
    )
    egress_deny: str = Field(
        default="",
        description="What no page may reach, like this machine's address behind NAT: host, host:port or CIDR",
    )
    egress_proxy: SecretStr | None = Field(
        default=None,
        description="The way out for pages where there is no direct one: http://… or socks5://user:password@host:port",
    )
    egress_proxy_gets: Literal["addresses", "names"] = Field(
        default="addresses",
        description="What EGRESS_PROXY is given: addresses (safer) or names (if it wants them), both vetted here first",
    )
    egress_blocklist: Annotated[Blocklist | None, NoDecode] = Field(
        default=None,
        description="Hosts that pages get nothing from (advertisers, trackers): files in hosts format, with commas",
    )
    scratch_dir: Path | None = Field(
        default=None, description="The folder for captures in the making (default: DATA_DIR/scratch)"
    )
    default_language: Literal["en", "zh"] = Field(
        default="en", description="The language where neither chat nor person gives one: en or zh"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="How much is logged: DEBUG, INFO, WARNING or ERROR"
    )
    log_json: bool = Field(default=False, description="Log lines as JSON: true or false")

    @field_validator("owner_ids", "allowed_ids", mode="before")
    @classmethod
    def _split_ids(cls, value: Any) -> Any:
        return _ids(value)

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("bot_token")
    @classmethod
    def _token_shape(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("a bot token looks like 123456789:AAExample_of_35_characters; ask @BotFather for yours")
        return value

    @field_validator("bot_api_url")
    @classmethod
    def _http_url(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^/\s?#]+[^\s?#]*", value):
            raise ValueError("write an address like http://127.0.0.1:8081")
        return value.rstrip("/") if value else None

    @field_validator("database_url")
    @classmethod
    def _database_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            problem = ValueError(
                "write psycopg://user:password@host:5432/name (@ and / in a password as %40 and %2F), or leave it out "
                "for SQLite in DATA_DIR"
            )
            try:
                if database.kind_of(value.get_secret_value()) is not database.Dialect.POSTGRES:
                    raise problem
                database.check_url(value.get_secret_value())
            except ValueError:
                raise problem from None
        return value

    @field_validator("blob_url")
    @classmethod
    def _bucket_address(cls, value: str | None) -> str | None:
        if value is not None and not _BUCKET.fullmatch(value):
            raise ValueError(
                "write s3://bucket/prefix (letters, digits, . _ - in the prefix), or leave it out for a folder"
            )
        return value.rstrip("/") if value else None

    @field_validator("aws_endpoint_url")
    @classmethod
    def _endpoint(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^/\s?#@]+(/[^\s?#@]*)?", value):
            raise ValueError("write an address like https://s3.example.org; the key has settings of its own")
        if value is not None:
            try:
                _ = urlsplit(value).port
            except ValueError:
                raise ValueError("write a host that is one, and a port up to 65535") from None
        return value.rstrip("/") if value else None

    @field_validator("aws_region")
    @classmethod
    def _region(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9._-]+", value):
            raise ValueError("write a name like us-east-1")
        return value

    @field_validator("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    @classmethod
    def _key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            raise ValueError("write it as you got it: letters, digits and signs, without spaces")
        return value

    @field_validator("bot_proxy")
    @classmethod
    def _proxy_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"(https?|socks5h?)://\S+", value.get_secret_value()):
            raise ValueError("write http://host:port or socks5://host:port")
        return value

    @field_validator("listen", "metrics_listen")
    @classmethod
    def _listen_address(cls, value: str | None) -> str | None:
        if value is not None:
            host, port = _host_and_port(value)
            if not host or not 0 < port < 65536:
                raise ValueError("write an address and a port, like 127.0.0.1:8080 or [::]:8080")
        return value

    @field_validator("webhook_url")
    @classmethod
    def _webhook_address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^/\s?#]+(/[^\s?#]*)?", value):
            raise ValueError("write an address like https://bot.example.org/telegram")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", value.get_secret_value()):
            raise ValueError("write 16 to 256 letters, digits, _ and -; openssl rand -hex 32 makes one")
        return value

    @field_validator("chromium_path")
    @classmethod
    def _runnable(cls, value: Path | None) -> Path | None:
        if value is not None and not os.access(value, os.X_OK):
            raise ValueError("write the path of a Chromium headless shell that can be run")
        return value

    @field_validator("egress_allow", "egress_deny")
    @classmethod
    def _allow_list(cls, value: str) -> str:
        parse_allow(value)
        return value

    @field_validator("egress_proxy")
    @classmethod
    def _next_hop(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parse_next_hop(value.get_secret_value())
        return value

    @field_validator("egress_blocklist", mode="before")
    @classmethod
    def _blocklist(cls, value: Any) -> Any:
        if isinstance(value, str):
            return load_blocklist(Path(path.strip()).expanduser() for path in value.split(",") if path.strip())
        return value

    @property
    def address_rule(self) -> AddressRule:
        """Which addresses pages may be fetched from."""
        return AddressRule(self.egress_allow, self.egress_deny)

    @property
    def next_hop(self) -> NextHop | None:
        """The proxy behind ours. It holds a password: for the main process alone."""
        return (
            parse_next_hop(self.egress_proxy.get_secret_value(), self.egress_proxy_gets) if self.egress_proxy else None
        )

    @property
    def database(self) -> str:
        """The address of the database for storage.database. It holds a password: for the main process alone."""
        return self.database_url.get_secret_value() if self.database_url else database.SQLITE_URL

    @property
    def bucket(self) -> Bucket | None:
        """Where the blobs lie, if not in a folder. It holds keys: for the main process alone."""
        found = _BUCKET.fullmatch(self.blob_url or "")
        if found is None or self.aws_access_key_id is None or self.aws_secret_access_key is None:
            return None
        return Bucket(
            name=found["name"],
            prefix=found["prefix"].strip("/"),
            access_key_id=self.aws_access_key_id.get_secret_value(),
            secret_access_key=self.aws_secret_access_key.get_secret_value(),
            session_token=self.aws_session_token.get_secret_value() if self.aws_session_token else None,
            endpoint=self.aws_endpoint_url,
            region=self.aws_region,
            allow_http=self.aws_allow_http,
        )

    @property
    def listen_address(self) -> tuple[str, int] | None:
        """Host and port of LISTEN."""
        return _host_and_port(self.listen) if self.listen else None

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """Host and port of METRICS_LISTEN."""
        return _host_and_port(self.metrics_listen) if self.metrics_listen else None

    @property
    def scratch(self) -> Path:
        """The folder for captures in the making, absolute. It is ours alone, because a start empties it."""
        if self.scratch_dir is None:
            return (self.data_dir / "scratch").absolute()
        whose = hashlib.sha256(str(self.data_dir.absolute()).encode()).hexdigest()[:8]
        return self.scratch_dir.absolute() / f"hashkeep-{whose}"


def load_settings(env_file: Path = Path(".env"), **overrides: Any) -> Settings:
    """Reads `env_file` and the environment (which wins) and checks all of it.

    Raises WrongSettings with one line per mistake: the name, what is wrong, what to write.
    """
    try:
        mistakes = _unknown_names(dotenv_values(env_file), os.environ)
    except UnicodeDecodeError:
        raise WrongSettings(f"{env_file} is not text in UTF-8. Save it as that.") from None
    try:
        settings = Settings(_env_file=env_file, **overrides)
    except ValidationError as error:
        mistakes += [_sentence(e) for e in error.errors()]
    else:
        mistakes += _not_together(settings)
    if mistakes:
        raise WrongSettings("\n".join(mistakes))
    return settings


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port) if port.isascii() and port.isdigit() else 0


def _not_together(settings: Settings) -> list[str]:
    """Settings that need another one beside them."""
    mistakes = []
    if settings.blob_url:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            if getattr(settings, name.lower()) is None:
                mistakes.append(f"{name}: BLOB_URL needs it: write the key that may use the bucket")
        if (settings.aws_endpoint_url or "").startswith("http:") and not settings.aws_allow_http:
            mistakes.append("AWS_ENDPOINT_URL: write https, or AWS_ALLOW_HTTP=true where nobody can listen on the way")
    if settings.webhook_url:
        if settings.listen is None:
            mistakes.append("LISTEN: WEBHOOK_URL needs it: write where updates arrive, like LISTEN=127.0.0.1:8080")
        if settings.webhook_secret is None:
            mistakes.append("WEBHOOK_SECRET: WEBHOOK_URL needs it: anybody could send updates; openssl rand -hex 32")
        if settings.webhook_url.startswith("http:") and settings.bot_api_url is None:
            mistakes.append("WEBHOOK_URL: Telegram takes https addresses only; plain http works with BOT_API_URL alone")
    return mistakes


def _unknown_names(from_file: Mapping[str, str | None], from_environment: Iterable[str]) -> list[str]:
    known = [name.upper() for name in Settings.model_fields]
    nameless = [name for name, value in from_file.items() if value is None and name.upper() not in known]
    unknown = {name: ".env" for name in from_file if name.upper() not in known and name not in nameless}
    for name in from_environment:
        if name.upper() in known or name in unknown or _is_foreign(name):
            continue
        if name.startswith(OUR_PREFIXES) or ("_" in name and difflib.get_close_matches(name, known, 1, 0.9)):
            unknown[name] = "the environment"
    # What stands there is not repeated: it may be a secret.
    lines = (
        [".env has a line without `=`: write NAME=value; a bot's token stands behind BOT_TOKEN="] if nameless else []
    )
    for name, where in sorted(unknown.items()):
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]}?" if near else "remove it; .env.example lists every setting."
        lines.append(f"{name} (in {where}) is no setting of Hashkeep: {hint}")
    return lines


def _is_foreign(name: str) -> bool:
    return name in _FOREIGN or name.startswith(_FOREIGN_PREFIX) or _KUBERNETES.fullmatch(name) is not None


def _sentence(error: Any) -> str:
    name = str(error["loc"][0]).upper() if error["loc"] else "settings"
    field = Settings.model_fields.get(name.lower())
    message = str(error["msg"]).removeprefix("Value error, ")
    # The value itself is not repeated: it may be a secret.
    return f"{name}: {message[0].lower()}{message[1:]}. ({field.description if field else ''})"
