#!/usr/bin/env bash
# A stock Petals server on loopback for some blocks of a model folder; its log says `Started` when it serves.
# Usage: stock_server.sh MODEL_DIR PREFIX FIRST:END INITIAL_PEER [run_server options...]
# Ends, with all its helpers, on SIGTERM. On CPU in float32; a later option of the same name wins.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/group.sh"
[ $# -ge 4 ] || { sed -n '3s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 2; }
model=$1 prefix=$2 blocks=$3 peer=$4
shift 4
python=$(stock_python)
# The lock and throughput files that a server keeps between runs.
export PETALS_CACHE=${PETALS_CACHE:-${COROLLA_CACHE:-$HOME/.cache/corolla}/interop/petals-server-cache}
mkdir -p "$PETALS_CACHE"
run_group "$python" -u "$(dirname "${BASH_SOURCE[0]}")/stock_run_server.py" "$model" --dht_prefix "$prefix" --block_indices "$blocks" \
  --initial_peers "$peer" --host_maddrs "/ip4/127.0.0.1/tcp/${PORT:-0}" --no_auto_relay --device cpu --torch_dtype float32 \
  --throughput 1 --attn_cache_tokens 4096 --skip_reachability_check "$@"
