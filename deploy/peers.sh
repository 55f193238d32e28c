#!/usr/bin/env bash
# Sets up the programs that Hashkeep is held against, in .local/peers; quick when it is all there.
#   replay: what `make test` plays archives back with: pywb, py-wacz, ReplayWeb.page's player. Needs no Node.js.
#   all:    also shot-scraper and single-file-cli, for `python -m bench.peers`.
#   lock:   writes the lock files again (needs uv and npm).
# For development only: nobody who uses Hashkeep needs any of it. Writes inside the checkout only.
set -euo pipefail
cd "$(dirname "$0")/.."
export PIP_CACHE_DIR="$PWD/.local/cache/pip" PIP_DISABLE_PIP_VERSION_CHECK=1
export npm_config_cache="$PWD/.local/cache/npm" npm_config_update_notifier=false
kind="${1:-all}"
home=.local/peers
lock=bench/peers.lock

say() { printf '\033[1m•\033[0m %s\n' "$*" >&2; }
stop() { printf '\n%s\n' "$*" >&2; exit 1; }

if [ "$kind" = lock ]; then
    uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade \
        --no-emit-index-url --no-emit-find-links bench/peers/requirements.in -o "$lock"
    (cd bench/peers && npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund)
    exit 0
fi

want() { cat "$lock" bench/peers/package-lock.json bench/peers/player.py deploy/peers.sh | sha256sum | cut -d' ' -f1; }
if [ "$(cat "$home/.ready-$kind" 2>/dev/null)" = "$(want)" ]; then exit 0; fi

python=.venv/bin/python
[ -x "$python" ] || stop "Set up Hashkeep first: make setup"

picked() { # the lock file's entries without those of the packages named
    awk -v names=" $* " '/^[a-z]/ { split($1, entry, "=="); keep = !index(names, " " entry[1] " ") } keep' "$lock"
}

# Only shot-scraper needs these. brotlipy would have to be compiled, and unpacks what our archives never hold: a body
# with `content-encoding`.
unneeded="brotlipy playwright shot-scraper click-default-group"

python_programs() {
    if ! "$home/venv/bin/python" -c '' 2>/dev/null; then
        rm -rf "$home/venv"
        "$python" -m venv "$home/venv"
    fi
    say "Installing pywb and py-wacz (into $home/venv), every package checked by its hash"
    if [ "$kind" = replay ]; then picked "$unneeded" > "$home/packages.txt"; else cp "$lock" "$home/packages.txt"; fi
    # Some are source packages: setuptools first, as pip's isolated builds would fetch an unchecked one.
    sed -n '/^setuptools==/,/^[a-z]/p' "$lock" | sed '$d' > "$home/setuptools.txt"
    "$home/venv/bin/pip" install -q --require-hashes -r "$home/setuptools.txt" >&2
    "$home/venv/bin/pip" install -q --require-hashes --no-deps --no-build-isolation -r "$home/packages.txt" >&2 ||
        stop "The Python packages could not be installed; the lines above say why."
}

node_programs() {
    command -v npm >/dev/null || stop "npm is needed for single-file-cli; install Node.js 20 or newer."
    say "Installing single-file-cli (into $home/node)"
    mkdir -p "$home/node"
    cp bench/peers/package.json bench/peers/package-lock.json "$home/node/"
    (cd "$home/node" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) ||
        stop "The npm packages could not be installed; the lines above say why."
}

mkdir -p "$home"
python_programs
say "Fetching ReplayWeb.page's player (into $home/player)"
"$python" bench/peers/player.py "$home/player" || stop "The line above says why."
if [ "$kind" = all ]; then node_programs; fi
want > "$home/.ready-$kind"
if [ "$kind" = all ]; then want > "$home/.ready-replay"; fi
say "Ready."
