#!/usr/bin/env bash
# A stock Petals bootstrap node on loopback; its log, with its multiaddresses, goes to standard error.
# Usage: stock_bootstrap.sh [--identity_path FILE] [run_dht options...]; ends, with all its helpers, on SIGTERM.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/group.sh"
python=$(stock_python)
run_group "$python" -u -m petals.cli.run_dht --host_maddrs "/ip4/127.0.0.1/tcp/${PORT:-0}" --no_relay "$@"
