#!/usr/bin/env bash
# Fetches NVIDIA's compiler NVRTC (23 MB, no GPU needed) for the test that compiles all kernels of kernels-cuda: to
# $COROLLA_CACHE/interop/nvrtc, by default ~/.cache/corolla/interop/nvrtc. Does nothing when it is there already.
set -euo pipefail

folder=${COROLLA_CACHE:-$HOME/.cache/corolla}/interop
target=$folder/nvrtc
stamp=$target/.corolla-stamp
# 12.9.86 ends the process while it compiles on machines without a driver.
package=nvidia-cuda-nvrtc-cu12==12.6.85

fail() { echo "setup-nvrtc: $*" >&2; exit 1; }

mkdir -p "$folder"
exec 9> "$folder/nvrtc.lock"
flock 9 # two test runs at once: the second waits, then finds everything done

if [ "$(cat "$stamp" 2>/dev/null)" = "$package" ]; then
  echo "setup-nvrtc: already there: $target"
  exit 0
fi
python=${PYTHON:-python3}
command -v "$python" > /dev/null || fail "no $python on PATH"
rm -rf "$target"
"$python" -m pip install -q --disable-pip-version-check --no-input --no-deps --target "$target" "$package" \
  > "$folder/nvrtc-install.log" 2>&1 || fail "pip failed: $(tail -n 1 "$folder/nvrtc-install.log")"
echo "$package" > "$stamp"
echo "setup-nvrtc: installed: $target"
