"""The files in deploy/ against the program that they start: settings, metrics, packages, times, secrets."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import typer
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

import bot.metrics
import capture.metrics
import hashkeep.metrics
from hashkeep.cli import app
from hashkeep.settings import Settings, load_settings
from hashkeep.worker_command import check_fleet
from tests import yaml_subset

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = {name.upper() for name in Settings.model_fields}
CODE = (bot.metrics, capture.metrics, hashkeep.metrics)
UNITS = ("hashkeep", "hashkeep-worker")
SECRETS = {"BOT_TOKEN", "WEBHOOK_SECRET", "DATABASE_PASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
GRACE_S = 15
"""A capture ends so long after its deadline at the latest."""


def text(name: str) -> str:
    return (DEPLOY / name).read_text()


def compose(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml_subset.load(text(name))
    return loaded


ONE, FLEET = compose("compose.yaml"), compose("compose.fleet.yaml")
OURS = {"hashkeep": ONE["services"]["hashkeep"]} | {name: FLEET["services"][name] for name in ("bot", "worker")}


def seconds(duration: str) -> float:
    return float(duration.removesuffix("s"))


def megabytes(size: str) -> float:
    return float(size[:-1]) * {"m": 1, "M": 1, "g": 1024, "G": 1024}[size[-1]]


# Metrics


def exported() -> dict[str, tuple[str, ...]]:
    """Our metrics as Prometheus names them, with their labels."""
    found = {}
    for module in CODE:
        for metric in vars(module).values():
            for family in metric.collect() if isinstance(metric, MetricWrapperBase) else ():
                endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type, ("",))
                found.update({family.name + ending: metric._labelnames for ending in endings})
    return found


def expressions() -> dict[str, list[str]]:
    panels = json.loads(text("grafana.json"))["panels"]
    rules = [rule for group in yaml_subset.load(text("alerts.yaml"))["groups"] for rule in group["rules"]]
    return {
        "grafana.json": [target["expr"] for panel in panels for target in panel.get("targets", ())],
        "alerts.yaml": [rule["expr"] for rule in rules],
    }


def named(expression: str) -> set[str]:
    return set(re.findall(r"\bhashkeep_\w+", expression))


@pytest.mark.parametrize("file", ["grafana.json", "alerts.yaml"])
def test_every_metric_and_label_that_is_looked_at_is_one_of_ours(file: str) -> None:
    known = exported()
    assert expressions()[file]
    for expression in expressions()[file]:
        assert named(expression) <= known.keys(), expression
        labels = set(re.findall(r"[{,](\w+)\s*(?:=~|!~|!=|=)", expression))
        for group in re.findall(r"\bby \(([^)]*)\)", expression):
            labels |= {label.strip() for label in group.split(",")}
        allowed = {label for name in named(expression) for label in known[name]} | {"job", "instance", "le"}
        assert labels <= allowed, expression
        others = set(re.findall(r"\b(?:process|python)_\w+", expression))
        assert all(REGISTRY.get_sample_value(name) is not None for name in others), expression


def test_every_metric_of_ours_is_on_the_dashboard_and_explained() -> None:
    base = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exported()}
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for e in expressions()["grafana.json"] for name in named(e)}
    assert len(base) > 20
    assert shown == base
    explained = set(re.findall(r"`(hashkeep_\w+)", (ROOT / "docs" / "operations.md").read_text()))
    assert explained == base


def test_every_alert_is_explained() -> None:
    alerts = re.findall(r"- alert: (\w+)", text("alerts.yaml"))
    assert len(set(alerts)) == len(alerts) > 10
    explained = set(re.findall(r"`(Hashkeep[A-Z]\w+)`", (ROOT / "docs" / "operations.md").read_text()))
    assert explained == set(alerts)


def test_the_dashboards_panels_do_not_lie_on_one_another() -> None:
    taken: set[tuple[int, int]] = set()
    panels = json.loads(text("grafana.json"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        at = panel["gridPos"]
        cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


# Settings and secrets


@pytest.mark.parametrize("service", OURS)
def test_every_setting_of_a_service_is_one_of_ours(service: str) -> None:
    assert OURS[service]["environment"].keys() <= SETTINGS


FILLED_IN = {
    "BOT_TOKEN": "7000000001:AAplaygroundplaygroundplaygroundplay",
    "SITE": "bot.example.org",
    "WEBHOOK_SECRET": "0123456789abcdef",
    "DATABASE_PASSWORD": "0123456789abcdef",
    "AWS_ACCESS_KEY_ID": "hashkeep",
    "AWS_SECRET_ACCESS_KEY": "0123456789abcdef",
    "ACCESS": "invited",
    "OWNER_IDS": "",
}


@pytest.mark.parametrize("service", OURS)
def test_a_service_starts_with_what_it_is_given(service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for name, value in OURS[service]["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{(\w+)[^}]*\}", lambda match: FILLED_IN[match[1]], str(value)))
    settings = load_settings(tmp_path / "none")
    words = OURS[service].get("command", ["run"])
    command = typer.main.get_command(app).commands[words[0]]  # type: ignore[attr-defined]
    assert set(words[1:]) <= {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    if service != "hashkeep":
        check_fleet(settings, words[0])
        assert settings.bucket is not None


def variables(value: object) -> set[str]:
    return set(re.findall(r"\$\{(\w+)", json.dumps(value)))


def test_the_example_names_what_the_fleet_asks_for() -> None:
    told = set(re.findall(r"^([A-Z_]+)=", text("fleet.env.example"), re.MULTILINE))
    assert told == variables(FLEET)


def test_a_service_gets_the_secrets_that_it_needs_and_no_others() -> None:
    given = {name: variables(service) & SECRETS for name, service in FLEET["services"].items()}
    bucket = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert given == {
        "bot": SECRETS,
        "worker": {"DATABASE_PASSWORD", *bucket},
        "postgres": {"DATABASE_PASSWORD"},
        "s3": bucket,
        "proxy": set(),
    }


def test_a_worker_reaches_database_bucket_and_the_internet_alone() -> None:
    services = FLEET["services"]
    its = set(services["worker"]["networks"])
    beside = {name for name, service in services.items() if its & set(service["networks"])}
    assert beside == {"worker", "postgres", "s3"}
    is_internal = {name for name, network in FLEET["networks"].items() if network and network.get("internal")}
    assert {name for name, service in services.items() if set(service["networks"]) <= is_internal} == {"postgres", "s3"}
    published = {name for name, service in services.items() if service.get("ports")}
    assert published == {"proxy"}
    assert {each for service in services.values() for each in service["networks"]} == FLEET["networks"].keys()


@pytest.mark.parametrize("service", OURS)
def test_a_service_of_ours_has_no_rights_to_spare(service: str) -> None:
    its = OURS[service]
    assert its["read_only"] is True
    assert its["cap_drop"] == ["ALL"]
    assert its["security_opt"] == ["no-new-privileges:true", "seccomp:seccomp.json"]
    assert "privileged" not in its
    assert any(str(volume).endswith("/data") for volume in its["volumes"])


@pytest.mark.parametrize("service", [*FLEET["services"]])
def test_every_service_has_limits_and_is_looked_after(service: str) -> None:
    its = FLEET["services"][service]
    assert {"mem_limit", "cpus", "restart"} <= its.keys()
    assert "healthcheck" in its or its["image"] == "hashkeep"  # whose image has one
    for other, wanted in its.get("depends_on", {}).items():
        assert wanted == {"condition": "service_healthy"}
        assert other in FLEET["services"]


@pytest.mark.parametrize("service", ["hashkeep", "worker"])
def test_a_service_has_the_time_and_the_memory_that_captures_may_take(service: str) -> None:
    its, given = OURS[service], OURS[service]["environment"]
    assert seconds(its["stop_grace_period"]) > int(given["CAPTURE_TIMEOUT"]) + GRACE_S
    most = Settings.model_fields["capture_memory_megabytes"].default * int(given["CAPTURE_WORKERS"])
    assert megabytes(its["mem_limit"]) * 1.048576 > most + 500


def test_the_proxy_leads_to_the_bots_webhook_and_nowhere_else() -> None:
    caddy, its = text("Caddyfile"), OURS["bot"]["environment"]
    path = its["WEBHOOK_URL"].rpartition("}")[2]
    assert re.findall(r"handle (/\S+) \{", caddy) == [path]
    assert "respond 404" in caddy
    assert re.search(r"name (\w+)", caddy)[1] in FLEET["services"]  # type: ignore[index]
    assert its["LISTEN"].endswith(":" + re.search(r"port (\d+)", caddy)[1])  # type: ignore[index]
    assert its["METRICS_LISTEN"] != its["LISTEN"]


# The image


def dockerfile() -> list[tuple[str, str]]:
    """(instruction, its words) without comments, lines that go on joined."""
    lines = [line for line in text("Dockerfile").splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(line.split()[0], " ".join(line.split()[1:])) for line in joined.splitlines() if line.strip()]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for instruction, words in dockerfile():
        if instruction == "FROM":
            found.append([])
        found[-1].append((instruction, words))
    return found


def installed(stage: list[tuple[str, str]]) -> set[str]:
    """The system packages of a stage."""
    runs = [words for instruction, words in stage if instruction == "RUN" and "apt-get install" in words]
    assert len(runs) == 1
    assert "apt-get update" in runs[0]
    assert "rm -rf /var/lib/apt/lists/*" in runs[0]
    assert "--no-install-recommends" in runs[0]
    command = re.search(r"apt-get install (.*?)(?: && |$)", runs[0])
    assert command
    return {word for word in command[1].split() if not word.startswith("-")}


def of_setup() -> set[str]:
    """The packages that deploy/setup.sh may ask the system for."""
    body = re.search(r"^missing_packages\(\) \{(.*?)^\}", text("setup.sh"), re.DOTALL | re.MULTILINE)
    assert body
    return {word for words in re.findall(r"\becho ([a-z0-9 -]+)", body[1]) for word in words.split()}


BESIDES = {"ca-certificates", "postgresql-client", "tini"}
"""What an image lacks that a whole system has."""


def test_the_image_has_the_packages_of_the_set_up() -> None:
    build, final = stages()
    wanted = of_setup()
    assert {"chromium-headless-shell", "fonts-noto-cjk", "python3-venv"} <= wanted
    assert installed(final) == (wanted - {"python3-venv"}) | BESIDES
    assert installed(build) == {"python3", "python3-venv"}


def test_the_image_is_built_of_what_is_locked() -> None:
    build = " ".join(words for instruction, words in stages()[0] if instruction == "RUN")
    assert "pip install --no-cache-dir --require-hashes -r requirements.lock" in build
    for command in re.findall(r"pip install ([^&]*)", build):
        assert "--require-hashes" in command or {"--no-deps", "--no-index"} <= set(command.split())


def test_the_image_runs_as_nobody_in_particular_and_holds_no_secret() -> None:
    final = stages()[-1]
    words = dict(final)
    assert words["USER"] == "10001:10001"
    assert [instruction for instruction, _ in final].index("USER") < [i for i, _ in final].index("ENTRYPOINT")
    assert words["VOLUME"] == "/data"
    assert json.loads(words["CMD"]) == ["run"]
    assert json.loads(words["ENTRYPOINT"]) == ["/usr/bin/tini", "--", "hashkeep"]
    named_values = re.findall(r"(\w+)=", words["ENV"])
    assert set(named_values) <= SETTINGS | {"PATH", "LANG", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    assert not SECRETS & set(named_values)
    assert not [instruction for instruction, _ in dockerfile() if instruction in ("ARG", "ADD", "MAINTAINER")]
    port = re.search(r"LISTEN=127\.0\.0\.1:(\d+)", words["ENV"])
    assert port
    assert f"http://127.0.0.1:{port[1]}/healthz" in words["HEALTHCHECK"]
    assert words["EXPOSE"] == port[1]
    for service in OURS.values():
        assert service["environment"]["LISTEN"].endswith(f":{port[1]}"), "the image's own health check asks there"


def copied() -> Iterator[str]:
    for instruction, words in dockerfile():
        if instruction == "COPY" and not words.startswith("--from"):
            yield from shlex.split(words)[:-1]


def test_nothing_else_goes_to_the_builder() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    assert set(copied()) == let_in
    assert all((ROOT / name).exists() for name in let_in)
    for closed in (".env", "data", ".git", ".venv", "deploy/fleet.env", "tests"):
        assert not any(fnmatch(closed, pattern) for pattern in let_in)


def test_every_package_of_the_program_is_in_the_image() -> None:
    packages = re.search(r"include = \[(.*?)\]", (ROOT / "pyproject.toml").read_text())
    assert packages
    assert {name.strip(' "*') for name in packages[1].split(",")} <= set(copied())


# What the kernel lets through


def allowed_calls() -> set[str]:
    profile = json.loads(text("seccomp.json"))
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert {rule["action"] for rule in profile["syscalls"]} == {"SCMP_ACT_ALLOW"}
    return {name for rule in profile["syscalls"] for name in rule["names"]}


def test_the_profile_lets_the_sandbox_be_built_and_nothing_that_breaks_out() -> None:
    calls = allowed_calls()
    assert {"chroot", "clone", "clone3", "seccomp", "unshare", "execve", "mmap", "prctl", "wait4"} <= calls
    assert not calls & {
        "acct", "add_key", "bpf", "delete_module", "finit_module", "init_module", "io_uring_setup", "kexec_load",
        "keyctl", "mount", "move_mount", "open_by_handle_at", "open_tree", "perf_event_open", "pivot_root",
        "process_vm_readv", "process_vm_writev", "ptrace", "quotactl", "reboot", "setdomainname", "sethostname",
        "setns", "swapon", "syslog", "umount2", "userfaultfd",
    }  # fmt: skip


# systemd


def unit(name: str) -> configparser.ConfigParser:
    class Parser(configparser.ConfigParser):
        def optionxform(self, optionstr: str) -> str:
            return optionstr

    parser = Parser(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.read_string(text(f"{name}.service"))
    return parser


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_what_there_is_with_settings_that_there_are(name: str) -> None:
    service = unit(name)["Service"]
    given = dict(word.split("=", 1) for word in service["Environment"].split())
    assert given.keys() <= SETTINGS
    assert given["DATA_DIR"] == service["WorkingDirectory"] == service["ReadWritePaths"]
    assert given["DATA_DIR"] == f"/var/lib/{service['StateDirectory']}"
    assert service["User"] == "hashkeep"
    assert float(service["TimeoutStopSec"]) > int(given["CAPTURE_TIMEOUT"]) + GRACE_S
    most = Settings.model_fields["capture_memory_megabytes"].default * Settings.model_fields["capture_workers"].default
    assert megabytes(service["MemoryMax"]) * 1.048576 > most + 500
    assert service["KillMode"] == "mixed"
    assert service["OOMPolicy"] == "continue"
    program = "worker" if "worker" in name else "run"
    assert service["ExecStart"] == f"/opt/hashkeep/.venv/bin/hashkeep {program}"
    assert "BOT_TOKEN" not in text(f"{name}.service").replace("no BOT_TOKEN", "")


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_lets_the_sandbox_be_built(name: str) -> None:
    service = unit(name)["Service"]
    assert service["RestrictNamespaces"].split() == ["user", "pid", "net"]
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert "MemoryDenyWriteExecute" not in service, "a browser compiles scripts"
    assert re.search(r"^SystemCallFilter=@system-service chroot seccomp$", text(f"{name}.service"), re.MULTILINE)


@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_the_unit_and_finds_it_closed(name: str, tmp_path: Path) -> None:
    """Where systemd's own tool is installed; elsewhere what can be said without it has been said above."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        return
    copy = tmp_path / f"{name}.service"
    copy.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text(f"{name}.service"), flags=re.MULTILINE))
    verified = subprocess.run([tool, "verify", copy], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    judged = subprocess.run(
        [tool, "security", "--offline=true", "--threshold=30", copy], capture_output=True, text=True, check=False
    )
    assert judged.returncode == 0, judged.stdout[-300:]


@pytest.mark.parametrize("script", sorted(DEPLOY.glob("*.sh")), ids=lambda path: path.name)
def test_no_script_takes_a_function_of_its_own_for_a_program(script: Path) -> None:
    words = script.read_text()
    own = set(re.findall(r"^(\w+)\(\)", words, re.MULTILINE))
    looked_for = set(re.findall(r"command -v \"?([\w-]+)", words))
    assert own & looked_for == set(), "`command -v` finds functions before it looks for programs"
