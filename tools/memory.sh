#!/usr/bin/env bash
# Prints how much memory a server takes while it loads and serves, by the format of its blocks, beside the size of their weights.
# Usage: tools/memory.sh [MODEL] [FORMAT…]       formats: auto f32 bf16 f16 int8 nf4
# Peak: VmHWM of /proc, after the server measured its speed and answered a client. "base" is a server of one block that measured itself, so that
# what the JVM, libraries and scratch take is not counted; its block is added.
set -euo pipefail
here=$(dirname "$(dirname "$(readlink -f "$0")")")
model=${1:-smollm2-135m}
shift || true
formats=("$@")
[ ${#formats[@]} -gt 0 ] || formats=(auto bf16 int8 nf4)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# serve FORMAT BLOCKS: peak in KiB, weights and cache in bytes
serve() {
    local log=$work/log flags=(--dtype "$1") pid peak
    case $1 in int8 | nf4) flags=(--quantization "$1") ;; esac
    (cd "$work" && exec "$here/corolla" server "$model" "${flags[@]}" --num-blocks "$2" --dht-prefix memory \
        --identity-path "$work/identity" --host-maddrs /ip4/127.0.0.1/tcp/0 --attn-cache-tokens 1024) >"$log" 2>&1 &
    pid=$!
    for _ in $(seq 600); do
        grep -q '^ready' "$log" && break
        kill -0 "$pid" 2>/dev/null || { cat "$log" >&2; exit 1; }
        sleep 0.2
    done
    if [ "$2" != 1 ]; then # a few steps, so that scratch and the session's cache count
        "$here/corolla" generate "$model" --initial-peers "$(grep -m 1 '^/ip4' "$log")" --dht-prefix memory \
            --input-ids 3,4,5,6,7,8,9 --max-new-tokens 16 --ignore-eos >/dev/null 2>&1
    fi
    peak=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status")
    kill "$pid"
    wait "$pid" || true
    echo "$peak $(grep -o 'weightBytes=[0-9,]*' "$log" | tr -dc 0-9) $(grep -o 'cacheBytes=[0-9,]*' "$log" | tr -dc 0-9)"
}

all=$("$here/corolla" model "$model" --json 2>/dev/null | grep -o '"blocks": *"[0-9]*' | tr -dc 0-9 || true)
blocks=${BLOCKS:-${all:-30}}
printf '%-6s %10s %10s %10s %10s %8s %8s\n' format base peak weights cache ratio bare
for format in "${formats[@]}"; do
    read -r base one_weights one_cache < <(serve "$format" 1)
    for run in first again; do
        read -r peak weights cache < <(serve "$format" "$blocks")
        awk -v f="$format" -v r="$run" -v b="$base" -v p="$peak" -v w="$weights" -v c="$cache" -v ow="$one_weights" -v oc="$one_cache" 'BEGIN {
            grown = p * 1024 - b * 1024 + ow + oc
            printf "%-6s %7.0f MB %7.0f MB %7.1f MB %7.1f MB %8.2f %8.2f  (%s start)\n", f, b / 1024, p / 1024, w / 1048576, c / 1048576, (grown - c) / w, grown / w, r
        }'
    done
done
echo 'bare: (peak - base + its block) / weights; ratio: the same without the cache, of which only what sessions use is resident'
