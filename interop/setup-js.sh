#!/usr/bin/env bash
# Installs the js-libp2p peer for the interoperability tests (Node 20 or newer; about 50 MB, some seconds) in
# $COROLLA_CACHE/interop/js, by default ~/.cache/corolla/interop/js. Does nothing when it is there already.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${COROLLA_CACHE:-$HOME/.cache/corolla}/interop
target=$folder/js
stamp=$target/.corolla-stamp

fail() { echo "setup-js: $*" >&2; exit 1; }

wanted=$(cat "$here"/js/{package.json,package-lock.json,peer.mjs} | sha256sum | cut -d' ' -f1)
mkdir -p "$folder"
exec 9> "$folder/js.lock"
flock 9 # two test runs at once: the second waits, then finds everything done

if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
  echo "setup-js: already there: $target"
  exit 0
fi
command -v node > /dev/null && command -v npm > /dev/null || fail "no node and npm on PATH"
major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 20 ] || fail "needs Node 20 or newer, found $(node --version)"

log=$folder/js-install.log
begin=$SECONDS
rm -rf "$target"
mkdir -p "$target"
cp "$here"/js/{package.json,package-lock.json,peer.mjs} "$target/"
(cd "$target" && npm ci --no-audit --no-fund --ignore-scripts) > "$log" 2>&1 ||
  fail "installing failed: $(tail -n 1 "$log") (all of it: $log)"
echo "$wanted" > "$stamp"
echo "setup-js: installed in $((SECONDS - begin)) s: $target"
