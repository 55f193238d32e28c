"""Settings: wrong ones stop the start with their name and what to write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from capture.egress_next_hop import NextHop
from hashkeep.logs import secrets_of
from hashkeep.settings import Settings, WrongSettings, load_settings
from storage.blobs_bucket import Bucket

ROOT = Path(__file__).parents[2]
TOKEN = "123456789:" + "A" * 35


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def load(tmp_path: Path, text: str = "") -> Settings:
    env_file = tmp_path / ".env"
    env_file.write_text(text)
    return load_settings(env_file)


def test_everything_has_a_default_but_the_token(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.bot_token is None
    assert settings.access == "invited"


def test_values_come_from_the_file_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPTURE_WORKERS", "3")
    settings = load(tmp_path, f"BOT_TOKEN={TOKEN}\nCAPTURE_WORKERS=5\nOWNER_IDS=1, 2 3\n")
    assert settings.capture_workers == 3
    assert settings.owner_ids == (1, 2, 3)
    assert settings.bot_token is not None
    assert TOKEN not in repr(settings)


@pytest.mark.parametrize(
    ("line", "must_say"),
    [
        ("BOT_TOKEN=nonsense", "BOT_TOKEN"),
        ("ACCESS=everyone", "'invited' or 'open'"),
        ("OWNER_IDS=me", "OWNER_IDS"),
        ("CAPTURE_WORKERS=0", "CAPTURE_WORKERS"),
        ("CAPTURE_PDF=sometimes", "'always', 'on-demand' or 'off'"),
        ("CAPTURE_CONSENT=accept", "'answer' or 'leave'"),
        ("CAPTURE_TIMEOUT=4", "CAPTURE_TIMEOUT"),
        ("CAPTURE_START_METHOD=thread", "'spawn', 'forkserver' or 'fork'"),
        ("BOT_API_URL=telegram", "http://127.0.0.1:8081"),
        ("BOT_PROXY=localhost:1080", "socks5://host:port"),
        ("EGRESS_ALLOW=10.0.0.0/99", "EGRESS_ALLOW"),
        ("EGRESS_DENY=here and there/", "EGRESS_DENY"),
        ("EGRESS_PROXY=proxy.example:3128", "EGRESS_PROXY: write http://host:port or socks5://host:port"),
        ("EGRESS_PROXY=https://proxy.example:3128", "EGRESS_PROXY: write http://host:port"),
        ("EGRESS_PROXY=socks5h://proxy.example:1080", "EGRESS_PROXY: write http://host:port"),
        ("EGRESS_PROXY=http://proxy.example", "EGRESS_PROXY: write http://host:port"),
        ("EGRESS_PROXY=http://proxy.example:0", "EGRESS_PROXY: write http://host:port"),
        ("EGRESS_PROXY=http://proxy.example:99999", "EGRESS_PROXY: write http://host:port"),
        ("EGRESS_PROXY=http://pro xy:1", "EGRESS_PROXY: write http://host:port"),
        ("EGRESS_PROXY=http://:secret@proxy.example:1", "EGRESS_PROXY: the user is missing"),
        ("EGRESS_PROXY=http://a%3Ab:secret@proxy.example:1", "EGRESS_PROXY: a user of an http proxy"),
        (f"EGRESS_PROXY=socks5://{'u' * 256}:x@proxy.example:1", "EGRESS_PROXY: user and password of a socks5 proxy"),
        ("EGRESS_PROXY_GETS=both", "'addresses' or 'names'"),
        ("EGRESS_BLOCKLIST=/no/such/list", "EGRESS_BLOCKLIST: /no/such/list does not exist"),
        (f"EGRESS_BLOCKLIST={__file__}", 'line 1 ("""Settings: wrong ones'),
        ("BLOB_URL=/srv/blobs", "BLOB_URL: write s3://bucket/prefix"),
        ("BLOB_URL=s3://UPPER/x", "BLOB_URL: write s3://bucket/prefix"),
        ("BLOB_URL=s3://bucket/a/../b", "BLOB_URL: write s3://bucket/prefix"),
        ("BLOB_URL=s3://bucket/a//b", "BLOB_URL: write s3://bucket/prefix"),
        ("BLOB_URL=s3://key:secret@bucket/x", "BLOB_URL: write s3://bucket/prefix"),
        ("BLOB_URL=s3://bucket/x", "AWS_ACCESS_KEY_ID: BLOB_URL needs it"),
        ("BLOB_URL=s3://bucket/x", "AWS_SECRET_ACCESS_KEY: BLOB_URL needs it"),
        ("BLOB_URL=s3://bucket/x\nAWS_ENDPOINT_URL=http://s3.lan:9000", "AWS_ALLOW_HTTP=true"),
        ("AWS_ENDPOINT_URL=s3.example.org", "AWS_ENDPOINT_URL: write an address like https://s3.example.org"),
        ("AWS_ENDPOINT_URL=https://me:secret@s3.example.org", "AWS_ENDPOINT_URL: write an address"),
        ("AWS_ENDPOINT_URL=http://[::1", "AWS_ENDPOINT_URL: write a host that is one"),
        ("AWS_ENDPOINT_URL=http://127.0.0.1:99999", "AWS_ENDPOINT_URL: write a host that is one"),
        ("AWS_REGION='us east'", "AWS_REGION: write a name like us-east-1"),
        ("AWS_ACCESS_KEY_ID=ключ", "AWS_ACCESS_KEY_ID: write it as you got it"),
        ("AWS_ALLOW_HTTP=perhaps", "AWS_ALLOW_HTTP"),
        ("BLOB_URI=s3://bucket/x", "did you mean BLOB_URL?"),
        ("AWS_ACCES_KEY_ID=x", "did you mean AWS_ACCESS_KEY_ID?"),
        ("CHROMIUM_PATH=/no/such/browser", "CHROMIUM_PATH"),
        ("DEFAULT_LANGUAGE=fr", "'en' or 'zh'"),
        ("LOG_JSON=perhaps", "LOG_JSON"),
        ("CAPTURE_TIMOUT=30", "did you mean CAPTURE_TIMEOUT?"),
        ("COMPLETELY_ELSE=30", "COMPLETELY_ELSE"),
    ],
)
def test_a_mistake_is_named_with_what_to_write(tmp_path: Path, line: str, must_say: str) -> None:
    with pytest.raises(WrongSettings, match=re.escape(must_say)):
        load(tmp_path, line)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings) as error:
        load(tmp_path, "ACCESS=x\nLOG_LEVEL=x\nCAPTURE_WORKER=2\n")
    assert {"ACCESS", "LOG_LEVEL", "CAPTURE_WORKERS"} <= set(re.findall(r"[A-Z_]{5,}", str(error.value)))


def test_a_misspelt_name_in_the_environment_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALOWED_IDS", "5")
    with pytest.raises(WrongSettings, match="did you mean ALLOWED_IDS"):
        load(tmp_path)


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("# Schlüssel\n".encode("latin-1"))
    with pytest.raises(WrongSettings, match=r"\.env is not text in UTF-8"):
        load_settings(tmp_path / ".env")


def test_what_kubernetes_tells_of_services_is_no_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for service in ("HASHKEEP", "BOT", "CAPTURE_WORKER"):
        for what in ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_8080_TCP"):
            monkeypatch.setenv(f"{service}_{what}", "1")
        for what in ("ADDR", "PORT", "PROTO"):
            monkeypatch.setenv(f"{service}_PORT_8080_TCP_{what}", "1")
    load(tmp_path)
    with pytest.raises(WrongSettings, match=r"HASHKEEP_PORT \(in \.env\)"):
        load(tmp_path, "HASHKEEP_PORT=8080")
    monkeypatch.setenv("CAPTURE_REPORT", "1")
    with pytest.raises(WrongSettings, match="CAPTURE_REPORT"):
        load(tmp_path)


def test_the_next_hop_and_its_password(tmp_path: Path) -> None:
    settings = load(
        tmp_path, "EGRESS_PROXY=socks5://me:pa%40ss:w/rd@[2606:4700::1111]:1080/\nEGRESS_PROXY_GETS=names\n"
    )
    assert settings.next_hop == NextHop("socks5", "2606:4700::1111", 1080, "me", "pa@ss:w/rd", "names")
    assert "pa%40ss" not in repr(settings)
    assert load(tmp_path).next_hop is None
    plain = load(tmp_path, "EGRESS_PROXY=HTTP://Proxy.Example:3128").next_hop
    assert plain == NextHop("http", "proxy.example", 3128)


S3 = "AWS_ENDPOINT_URL=https://s3.example.org/\nAWS_ACCESS_KEY_ID=the-key-id\nAWS_SECRET_ACCESS_KEY=the-secret\n"


def test_the_bucket_and_its_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(tmp_path, f"BLOB_URL=s3://my.bucket/team/links/\n{S3}AWS_SESSION_TOKEN=lent-token\n")
    assert settings.bucket == Bucket(
        "my.bucket", "team/links", "the-key-id", "the-secret", "lent-token", "https://s3.example.org"
    )
    for text in (repr(settings), repr(settings.bucket), str(settings.bucket)):
        assert not {"the-key-id", "the-secret", "lent-token"} & set(re.findall(r"[\w-]+", text))
    assert load(tmp_path, S3).bucket is None, "keys of another program"
    whole = load(tmp_path, f"BLOB_URL=s3://bucket\n{S3}AWS_REGION=eu-central-1\n").bucket
    assert whole is not None
    assert (whole.prefix, whole.region) == ("", "eu-central-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://of.another.program")
    monkeypatch.setenv("AWS_PROFILE", "default")
    assert load(tmp_path).bucket is None


def test_the_keys_of_the_bucket_are_never_logged(tmp_path: Path) -> None:
    settings = load(tmp_path, f"BLOB_URL=s3://bucket/x\n{S3}AWS_SESSION_TOKEN=lent-token\n")
    assert {"the-key-id", "the-secret", "lent-token"} <= set(secrets_of(settings, {}))


def test_blocklists_are_read_at_the_start(tmp_path: Path) -> None:
    for name in ("one", "two words"):
        (tmp_path / name).write_text(f"0.0.0.0 {name[:3]}.example\r\n")
    settings = load(tmp_path, f"EGRESS_BLOCKLIST='{tmp_path}/one, {tmp_path}/two words'\n")
    assert settings.egress_blocklist is not None
    assert [host in settings.egress_blocklist for host in ("one.example", "two.example", "www.one.example")] == [
        True, True, False,
    ]  # fmt: skip
    assert load(tmp_path).egress_blocklist is None


def test_what_is_closed_besides_is_part_of_the_rule(tmp_path: Path) -> None:
    rule = load(tmp_path, "EGRESS_DENY=93.184.216.34, me.example\nEGRESS_ALLOW=10.0.0.0/8\n").address_rule
    assert rule.refusal("http://93.184.216.34/") == rule.refusal("http://me.example/") == "private_address"
    assert rule.refusal("http://10.1.1.1/") is None


def test_a_wrong_proxy_is_not_repeated(tmp_path: Path) -> None:
    for wrong in ("ftp://me:secret@proxy.example:1", "http://:secret@proxy.example:1", "me:secret@proxy.example"):
        with pytest.raises(WrongSettings) as error:
            load(tmp_path, f"EGRESS_PROXY={wrong}")
        assert "secret" not in str(error.value)


def test_a_wrong_secret_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings) as error:
        load(tmp_path, "BOT_TOKEN=12345:secret-too-short")
    assert "secret" not in str(error.value)


def test_the_scratch_folder_is_never_the_named_one_itself(tmp_path: Path) -> None:
    settings = load(tmp_path, f"SCRATCH_DIR={tmp_path}\nDATA_DIR={tmp_path / 'a'}\n")
    other = load(tmp_path, f"SCRATCH_DIR={tmp_path}\nDATA_DIR={tmp_path / 'b'}\n")
    assert settings.scratch.parent == tmp_path, "a start empties it: it must hold nothing else"
    assert settings.scratch != other.scratch


def test_example_readme_and_class_tell_the_same() -> None:
    fields = {name.upper(): str(field.description) for name, field in Settings.model_fields.items()}
    example = (ROOT / ".env.example").read_text()
    in_example = dict((name, comment) for comment, name in re.findall(r"^# (.+)\n#?([A-Z_]+)=", example, re.MULTILINE))
    readme = (ROOT / "README.md").read_text()
    in_readme = dict(re.findall(r"^\| `([A-Z_]+)` \|[^|]*\| (.+) \|$", readme, re.MULTILINE))
    assert in_example == fields
    assert in_readme == fields


def test_readme_tells_the_real_defaults() -> None:
    readme = (ROOT / "README.md").read_text()
    for name, field in Settings.model_fields.items():
        shown = re.search(rf"^\| `{name.upper()}` \| (.*?) ?\|", readme, re.MULTILINE)
        assert shown, name
        default = field.default
        told = "" if default in (None, "", ()) else f"`{str(default).lower() if default is False else default}`"
        assert shown[1] == told, name


@pytest.mark.parametrize(
    "wrong",
    [
        "psycopg://me:my@secret@127.0.0.1/db",
        "psycopg://me:my/secret@127.0.0.1/db",
        "psycopg://me:my@secret/s@127.0.0.1/db",
    ],
)
def test_a_password_with_marks_of_an_address_is_told_without_it(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(WrongSettings) as error:
        load(tmp_path, f"DATABASE_URL={wrong}\nBLOB_URL=s3://bucket/x\n{S3}")
    assert "DATABASE_URL" in str(error.value)
    assert "%40" in str(error.value)
    assert "secret" not in str(error.value)


def test_a_token_that_stands_alone_on_a_line_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings) as error:
        load(tmp_path, "7000000001:AAbbccddeeffgghhiijjkkllmmnnooppqqr\n")
    assert "BOT_TOKEN=" in str(error.value)
    assert "AAbb" not in str(error.value)
