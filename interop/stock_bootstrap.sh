#!/usr/bin/env bash
# A stock Petals bootstrap node on loopback; its log, with its multiaddresses, goes to standard error.
# Usage: stock_bootstrap.sh [--identity_path FILE] [run_dht options...]; ends, with all its helpers, on SIGTERM.
# RELAY=1 lets it relay, as stock nodes do by default.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/group.sh"
python=$(stock_python)
relay=(--no_relay)
[ -z "${RELAY:-}" ] || relay=()
run_group "$python" -u -m petals.cli.run_dht --host_maddrs "/ip4/127.0.0.1/tcp/${PORT:-0}" "${relay[@]}" "$@"
