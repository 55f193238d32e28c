#!/usr/bin/env bash
# Sets up the programs that replay tests and `make bench` compare with, in .local/peers; quick when it is all there.
# For development only: nobody who uses Hashkeep needs any of it. Writes inside the checkout only.
set -euo pipefail
cd "$(dirname "$0")/.."
export PIP_CACHE_DIR="$PWD/.local/cache/pip" PIP_DISABLE_PIP_VERSION_CHECK=1
export npm_config_cache="$PWD/.local/cache/npm" npm_config_update_notifier=false
home=.local/peers
lock=bench/peers.lock

say() { printf '\033[1m•\033[0m %s\n' "$*" >&2; }
stop() { printf '\n%s\n' "$*" >&2; exit 1; }

if [ "${1:-}" = lock ]; then # writes the lock files again; needs uv
    uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade \
        --no-emit-index-url --no-emit-find-links bench/peers/requirements.in -o "$lock"
    (cd bench/peers && npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund)
    exit 0
fi

want() { cat "$lock" bench/peers/package-lock.json deploy/peers.sh | sha256sum | cut -d' ' -f1; }
if [ "$(cat "$home/.ready" 2>/dev/null)" = "$(want)" ]; then exit 0; fi

python=.venv/bin/python
[ -x "$python" ] || stop "Set up Hashkeep first: make setup"
command -v npm >/dev/null || stop "npm is needed for ReplayWeb.page and single-file-cli; install Node.js 20 or newer."
mkdir -p "$home"
if ! "$home/venv/bin/python" -c '' 2>/dev/null; then
    rm -rf "$home/venv"
    "$python" -m venv "$home/venv"
fi
say "Installing pywb, py-wacz, warcio and shot-scraper (into $home/venv), every one checked by its hash"
# Some are source packages: setuptools first, as pip's isolated builds would fetch an unchecked one.
sed -n '/^setuptools==/,/^[a-z]/p' "$lock" | sed '$d' > "$home/setuptools.txt"
"$home/venv/bin/pip" install -q --require-hashes -r "$home/setuptools.txt" >&2
"$home/venv/bin/pip" install -q --require-hashes --no-build-isolation -r "$lock" >&2 ||
    stop "The Python packages could not be installed; the lines above say why."
say "Installing ReplayWeb.page's player and single-file-cli (into $home/node)"
mkdir -p "$home/node"
cp bench/peers/package.json bench/peers/package-lock.json "$home/node/"
(cd "$home/node" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) ||
    stop "The npm packages could not be installed; the lines above say why."
want > "$home/.ready"
say "Ready."
