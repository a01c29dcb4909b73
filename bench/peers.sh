#!/usr/bin/env bash
# Corolla, llama.cpp and Jlama with one model on this machine: decoding at two lengths of context, and prefill. Engines take turns, so that all
# meet the same weather; a table of medians goes to the standard output. Fetches and builds what it needs into the cache, once (about 15 minutes
# on two cores: llama.cpp is compiled for this processor). Jlama runs Q4 made of the same weights, since it reads no GGUF.
# Environment: ROUNDS (3), THREADS (all cores), PRIORITY (0: niceness of what is measured).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."
. tools/find-jdk.sh
find_jdk
cache=${COROLLA_CACHE:-$HOME/.cache/corolla}
peers=$cache/bench
rounds=${ROUNDS:-3}
threads=${THREADS:-$(nproc)}
llama_version=0.3.36 # of llama-cpp-python, whose source package carries llama.cpp
mkdir -p "$peers"

fetch_llama() {
  nice -n "${PRIORITY:-0}" "$peers/llama.cpp/llama_bench" "$gguf" "$threads" "$1" "$2" 3
}
jlama() {
  nice -n "${PRIORITY:-0}" "$JAVA_HOME/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -Xmx4g \
    -cp "$peers/jlama/lib/*" bench/peers/JlamaBench.java "$peers/smollm2-folder" "$threads" "$1" "$2" 1 2>/dev/null
}

fetch >&2
results=$(mktemp)
trap 'rm -f "$results"' EXIT
for ((round = 0; round < rounds; round++)); do
  for work in "16 128" "1024 64" "512 2"; do
    for engine in corolla llama jlama; do
      # shellcheck disable=SC2086
      echo "$engine $work $($engine $work)" | tee -a "$results" >&2
    done
  done
done
"$peers/py/bin/python" - "$results" <<'PY'
import statistics
import sys

found = {}
for line in open(sys.argv[1]):
    engine, prompt, new, prefill, decode = line.split()
    found.setdefault((engine, prompt), []).append(float(prefill if new == "2" else decode))
print("| SmolLM2-135M, tokens/s | Corolla | llama.cpp | Jlama | Corolla / llama.cpp | Corolla / Jlama |")
print("| --- | --- | --- | --- | --- | --- |")
for name, prompt in (("decode after 16", "16"), ("decode after 1024", "1024"), ("prefill of 512", "512")):
    a, b, c = (statistics.median(found[(engine, prompt)]) for engine in ("corolla", "llama", "jlama"))
    print(f"| {name} | {a:.0f} | {b:.0f} | {c:.0f} | {a / b:.2f} | {a / c:.1f} |")
PY
