#!/usr/bin/env bash
# Sets up what `make run` (argument: run) or `make test` (argument: test) needs, and is quick when it is all there.
# Writes inside the checkout only; the system's package manager is the one exception.
set -euo pipefail
cd "$(dirname "$0")/.."
kind="${1:-run}"
lock=requirements.lock
[ "$kind" = test ] && lock=requirements-dev.lock
stamp=".venv/.hashkeep-$kind"
export PIP_CACHE_DIR="$PWD/.local/cache/pip" XDG_CACHE_HOME="$PWD/.local/cache"
export PLAYWRIGHT_BROWSERS_PATH="$PWD/.local/browsers" PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '\033[1m•\033[0m %s\n' "$*" >&2; }
stop() { printf '\nHashkeep cannot be set up yet.\n%s\n' "$*" >&2; exit 1; }
# The files that decide what has to be installed.
want() { cat "$lock" pyproject.toml deploy/setup.sh | sha256sum | cut -d' ' -f1; }

browser() {
    local path
    for path in "${CHROMIUM_PATH:-}" /usr/lib/chromium/chromium-headless-shell /usr/bin/chromium-headless-shell \
        "$PLAYWRIGHT_BROWSERS_PATH"/chromium_headless_shell-*/*/*headless[-_]shell; do
        if [ -n "$path" ] && [ -x "$path" ]; then printf '%s\n' "$path"; return 0; fi
    done
    return 1
}

# The tests start servers of their own; Debian keeps the programs out of PATH.
has_postgres() { command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }
needs_postgres() { [ "$kind" = test ] && ! has_postgres; }

# What the tests play archives back with; it has a stamp of its own.
replay() { [ "$kind" != test ] || deploy/peers.sh replay; }

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(want)" ] && browser >/dev/null && ! needs_postgres; then replay; exit 0; fi

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then sudo "$@"
    else return 126; fi
}

# apt's own output is kept, and shown only when it failed.
apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" >> .local/apt.log 2>&1; }
update_once() { [ -n "$updated" ] || apt update || true; updated=1; }

updated=
system_packages() { # installs Debian or Ubuntu packages, or stops with the command to type
    command -v apt-get >/dev/null || stop "Please install: $* (this script knows apt only; see README, \"Other systems\")."
    say "Installing system packages: $*"
    update_once
    apt install -y --no-install-recommends "$@" || stop "$(tail -n 5 .local/apt.log 2>/dev/null)

These system packages are missing and could not be installed from here. Type, then try again:

    sudo apt-get update && sudo apt-get install -y --no-install-recommends $*"
}

find_python() {
    local name
    for name in python3.13 python3.12 python3.11 python3; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then printf '%s\n' "$name"; return 0; fi
    done
    return 1
}

has_candidate() { apt-cache policy "$1" 2>/dev/null | grep Candidate | grep -qv '(none)'; }

missing_packages() { # what the system has to provide, as words for apt
    local python lang
    if ! python="$(find_python)"; then echo python3 python3-venv
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    fi
    if ! browser >/dev/null && [ -z "${CHROMIUM_PATH:-}" ] && command -v apt-get >/dev/null; then
        # Where the distribution has none (Ubuntu), Playwright brings one.
        has_candidate chromium-headless-shell || update_once
        if has_candidate chromium-headless-shell; then echo chromium-headless-shell; fi
    fi
    [ "$(uname)" = Linux ] || return 0
    # Playwright's own driver is linked with it, and a minimal Debian has it not.
    [ -n "$(find /lib /usr/lib -name 'libatomic.so.1*' -print -quit 2>/dev/null)" ] || echo libatomic1
    command -v fc-list >/dev/null || echo fontconfig
    for lang in zh ja ko; do
        [ -n "$(fc-list ":lang=$lang" file 2>/dev/null)" ] || { echo fonts-noto-cjk; break; }
    done
    fc-list 2>/dev/null | grep -qi emoji || echo fonts-noto-color-emoji
    fc-list 2>/dev/null | grep -qiE 'noto sans|dejavu|liberation' || echo fonts-dejavu-core
}

test_packages() { ! needs_postgres || echo postgresql; }

python_environment() {
    local python
    python="$(find_python)" || stop "Python 3.11 or newer is needed; this system offers $(python3 --version 2>&1 || echo none)."
    if ! .venv/bin/python -c '' 2>/dev/null; then
        say "Making the virtual environment (.venv)"
        rm -rf .venv
        "$python" -m venv .venv
    fi
    say "Installing Python packages from $lock, every one checked by its hash"
    local quiet=-q
    [ -t 2 ] && quiet=
    .venv/bin/pip install $quiet --progress-bar on --require-hashes -r "$lock" >&2 ||
        stop "The Python packages could not be installed; the lines above say why."
    .venv/bin/pip install -q --no-deps --no-build-isolation -e . >&2
}

chromium() {
    if browser >/dev/null; then return 0; fi
    if [ -n "${CHROMIUM_PATH:-}" ]; then stop "CHROMIUM_PATH names $CHROMIUM_PATH, which is not a program that can be run."; fi
    say "Fetching Chromium's headless shell with Playwright (into .local/browsers)"
    .venv/bin/playwright install --only-shell chromium >&2 || stop "Chromium could not be fetched. Install a Chromium
and name it: CHROMIUM_PATH=/path/to/chromium-headless-shell make run"
    if command -v apt-get >/dev/null; then
        as_root .venv/bin/playwright install-deps chromium-headless-shell >> .local/apt.log 2>&1 || stop "Chromium needs system libraries. Type, then try again:

    sudo $PWD/.venv/bin/playwright install-deps chromium-headless-shell"
    fi
}

mkdir -p .local/cache
: > .local/apt.log
say "Setting up Hashkeep (once; later starts skip this)"
if needs_postgres && command -v apt-get >/dev/null && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    # Nobody wants a server that runs all the time on the machine.
    as_root sh -c 'mkdir -p /etc/postgresql-common && echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf' || true
fi
# shellcheck disable=SC2046 # one word for each package
set -- $(missing_packages) $(test_packages)
[ $# = 0 ] || system_packages "$@"
python_environment
chromium
.venv/bin/playwright --version >/dev/null || stop "Playwright's driver does not run here; the line above says what it misses."
browser >/dev/null || stop "No Chromium was found after the set-up. Name one: CHROMIUM_PATH=/path/to/chromium-headless-shell make run"
# What is installed for the tests serves `make run` as well.
want > "$stamp"
if [ "$kind" = test ]; then lock=requirements.lock; want > .venv/.hashkeep-run; fi
replay
say "Ready."
