#!/usr/bin/env bash
# Fetches what kernels-cuda is held against without a GPU: NVIDIA's compiler NVRTC of CUDA 12 and 13, which has to take all kernels (23 and 90 MB), and its disassembler, which tells how many instructions they have (6 MB); the headers of CUDA 12 and
# 13, which are compared with what we call (3 MB); and cuBLASLt with its headers, likewise (420 MB). To $COROLLA_CACHE/interop, folders nvrtc,
# nvrtc13, nvdisasm, cuda-headers and cublas, by default in ~/.cache/corolla. Does nothing when they are there already.
set -euo pipefail

folder=${COROLLA_CACHE:-$HOME/.cache/corolla}/interop

fail() { echo "setup-cuda: $*" >&2; exit 1; }

# install NAME PACKAGE...
install() {
  local name=$1 target=$folder/$1 python=${PYTHON:-python3}
  shift
  if [ "$(cat "$target/.corolla-stamp" 2>/dev/null)" = "$*" ]; then
    echo "setup-cuda: already there: $target"
    return
  fi
  command -v "$python" > /dev/null || fail "no $python on PATH"
  rm -rf "$target"
  "$python" -m pip install -q --disable-pip-version-check --no-input --no-cache-dir --no-compile --no-deps --target "$target" "$@" \
    > "$folder/$name-install.log" 2>&1 || fail "pip failed: $(tail -n 1 "$folder/$name-install.log")"
  echo "$*" > "$target/.corolla-stamp"
  echo "setup-cuda: installed: $target"
}

mkdir -p "$folder"
exec 9> "$folder/cuda.lock"
flock 9 # two test runs at once: the second waits, then finds everything done

# 12.9.86 ends the process while it compiles on machines without a driver.
install nvrtc nvidia-cuda-nvrtc-cu12==12.6.85
install nvrtc13 nvidia-cuda-nvrtc==13.0.88
rm -f "$folder"/nvrtc13/nvidia/cu13/lib/*.a "$folder"/nvrtc13/nvidia/cu13/lib/*.alt.*
install nvdisasm nvidia-cuda-nvdisasm==13.5.37
install cuda-headers nvidia-cuda-runtime-cu12==12.6.77 nvidia-cuda-runtime==13.0.96
# The last two have headers that cublasLt.h includes.
install cublas nvidia-cublas-cu12==12.6.4.1 nvidia-cuda-nvcc-cu12==12.6.85 nvidia-cuda-cccl-cu12==12.6.77
# Of the libraries in cuBLAS's package the tests use one, and of the compiler's package headers.
rm -rf "$folder"/cublas/nvidia/cublas/lib/{libcublas,libnvblas}.so.* "$folder"/cublas/nvidia/cuda_nvcc/{bin,lib,nvvm}
