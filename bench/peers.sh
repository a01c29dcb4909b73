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

fetch_llama() { # its source out of the package, its library for this processor, and our little program over it
  [ -x "$peers/llama.cpp/llama_bench" ] && return
  local build=$peers/llama.cpp
  rm -rf "$build"
  mkdir -p "$build"
  "$peers/py/bin/python" -m pip download -q --disable-pip-version-check --no-deps --no-binary :all: --no-build-isolation -d "$build" \
    "llama-cpp-python==$llama_version"
  tar -xzf "$build"/llama_cpp_python-*.tar.gz -C "$build" --strip-components 1
  local source=$build/vendor/llama.cpp
  # gcc 12 takes the stores to the tiles' configuration for dead, and llama.cpp then dies of an illegal instruction where there is AMX
  sed -i 's/_tile_loadconfig(&tc);/asm volatile("" : : "r"(\&tc) : "memory"); &/' "$source/ggml/src/ggml-cpu/amx/mmq.cpp"
  cmake -S "$source" -B "$build/build" -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON -DLLAMA_CURL=OFF -DLLAMA_BUILD_COMMON=OFF \
    -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_SERVER=OFF > "$build/build.log"
  cmake --build "$build/build" --target llama -j "$(nproc)" >> "$build/build.log"
  cc -O2 -I "$source/include" -I "$source/ggml/include" bench/peers/llama_bench.c -o "$build/llama_bench" -L "$build/build/bin" -lllama \
    -Wl,-rpath,"$build/build/bin" -Wl,-rpath-link,"$build/build/bin"
}
fetch_jlama() {
  [ -d "$peers/jlama/lib" ] || ./mvnw -q -B -f bench/peers/jlama.xml dependency:copy-dependencies -DoutputDirectory="$peers/jlama/lib"
  [ -f "$peers/smollm2-folder/config.json" ] || "$peers/py/bin/python" bench/peers/gguf_to_folder.py "$gguf" "$peers/smollm2-folder"
}
fetch() {
  [ -x "$peers/py/bin/python" ] || python3 -m venv "$peers/py"
  "$peers/py/bin/python" -m pip install -q --disable-pip-version-check gguf numpy setuptools wheel scikit-build-core
  ./corolla bench decode smollm2-135m -n 2 --repeat 1 > /dev/null # fetches the model
  gguf=$(ls "$cache"/models/smollm2-135m/*.gguf)
  fetch_llama
  fetch_jlama
}

corolla() { # runs PROMPT NEW: "prompt tokens/s, decode tokens/s"
  nice -n "${PRIORITY:-0}" ./corolla bench decode smollm2-135m --threads "$threads" --prompt-tokens "$1" -n "$2" --repeat 3 --json 2>/dev/null |
    "$peers/py/bin/python" -c 'import json, sys; found = json.load(sys.stdin); print(found["prompt_tokens_per_s"], found["tokens_per_s"])'
}
llama() {
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
