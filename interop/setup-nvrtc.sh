#!/usr/bin/env bash
# Fetches NVIDIA's compiler NVRTC (23 MB, no GPU needed) for the test that compiles all kernels of kernels-cuda, and the headers of CUDA 12 and
# 13 (3 MB) for the test that compares them with what we call: to $COROLLA_CACHE/interop/nvrtc and cuda-headers, by default in
# ~/.cache/corolla. Does nothing when they are there already.
set -euo pipefail

folder=${COROLLA_CACHE:-$HOME/.cache/corolla}/interop

fail() { echo "setup-nvrtc: $*" >&2; exit 1; }

# install NAME PACKAGE...
install() {
  local name=$1 target=$folder/$1 python=${PYTHON:-python3}
  shift
  if [ "$(cat "$target/.corolla-stamp" 2>/dev/null)" = "$*" ]; then
    echo "setup-nvrtc: already there: $target"
    return
  fi
  command -v "$python" > /dev/null || fail "no $python on PATH"
  rm -rf "$target"
  "$python" -m pip install -q --disable-pip-version-check --no-input --no-deps --target "$target" "$@" \
    > "$folder/$name-install.log" 2>&1 || fail "pip failed: $(tail -n 1 "$folder/$name-install.log")"
  echo "$*" > "$target/.corolla-stamp"
  echo "setup-nvrtc: installed: $target"
}

mkdir -p "$folder"
exec 9> "$folder/nvrtc.lock"
flock 9 # two test runs at once: the second waits, then finds everything done

# 12.9.86 ends the process while it compiles on machines without a driver.
install nvrtc nvidia-cuda-nvrtc-cu12==12.6.85
install cuda-headers nvidia-cuda-runtime-cu12==12.6.77 nvidia-cuda-runtime==13.0.96
