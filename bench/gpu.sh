#!/usr/bin/env bash
# Checks and measures Corolla on a machine with a GPU: the contract of all kernels, models against their references, one block beside its limits and
# PyTorch's, Table 3, many clients. Nothing is fetched. Each step writes a file into OUT; a step that fails does not stop the next one.
# Usage: bench/gpu.sh OUT [STEP...]      steps: contract verify block table3 clients (default: all, some 40 minutes)
#   COROLLA  the command: ./corolla of this checkout, or bin/corolla of an unpacked bundle (./corolla package)
#   TESTS    an archive of bench/gpu-tests.sh, for the contract; without it that step is left out, and says so
#   DEVICE   cuda:0   PYTHON  python3, for PyTorch's block   SHAPES  bloom-176b llama-70b   SECONDS_EACH  2   SERVERS  3,12
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
[ $# -ge 1 ] || { sed -n 's/^# Usage: //p' "${BASH_SOURCE[0]}" >&2; exit 2; }
out=$1
shift
steps=${*:-contract verify block table3 clients}
corolla=${COROLLA:-$here/corolla}
device=${DEVICE:-cuda:0}
shapes=${SHAPES:-bloom-176b llama-70b}
seconds=${SECONDS_EACH:-2}
mkdir -p "$out" || exit 1
failed=0

# step NAME SECONDS COMMAND…: with a limit, into OUT/NAME.txt and to the terminal.
step() {
    local name=$1 limit=$2 start=$SECONDS
    shift 2
    echo "== $name: $*"
    timeout "$limit" "$@" 2>&1 | tee "$out/$name.txt"
    local code=${PIPESTATUS[0]}
    echo "== $name ended with $code after $((SECONDS - start)) s"
    [ "$code" = 0 ] || failed=1
}

contract() {
    if [ -z "${TESTS:-}" ]; then
        echo "== contract: left out, TESTS names no archive of bench/gpu-tests.sh"
        failed=1
        return
    fi
    local home=$(dirname "$(dirname "$(readlink -f "$corolla")")")
    local tests=$out/tests
    mkdir -p "$tests" && tar -xzf "$TESTS" -C "$tests" || { failed=1; return; }
    COROLLA_TEST_DEVICE=${device#cuda:} step contract 900 "$home/runtime/bin/java" --add-modules=jdk.incubator.vector \
        --enable-native-access=ALL-UNNAMED -Xmx2g -cp "$tests:$home/lib/corolla.jar:$here/testkit/src/main/resources" \
        org.junit.platform.console.ConsoleLauncher execute --scan-class-path="$tests" --include-package=corolla.kernels.cuda --include-engine=junit-jupiter --exclude-tag=interop \
        --include-classname='.*Test' --details=tree --disable-banner --fail-if-no-tests
}

verify() {
    local model
    for model in "$here"/testkit/src/main/resources/golden/models/*/; do
        step "verify-$(basename "$model")" 120 "$corolla" verify "$model" --device "$device"
    done
}

block() {
    local shape
    for shape in $shapes; do
        step "block-$shape" 900 "$corolla" bench block --shape "$shape" --device "$device" --seconds "$seconds" \
            --python "${PYTHON:-python3}"
    done
}

table3() {
    local shape
    for shape in $shapes; do
        step "table3-$shape" 1800 "$corolla" bench table3 --shape "$shape" --weights int8 --device "$device" --seconds "$seconds" \
            --servers "${SERVERS:-3,12}" --out "$out/table3-$shape.md"
    done
}

clients() {
    step clients-llama-8b 600 "$corolla" bench clients --shape llama-8b --device "$device" --seconds "$seconds"
}

nvidia-smi 2>&1 | tee "$out/nvidia-smi.txt"
for name in $steps; do
    case $name in
        contract | verify | block | table3 | clients) "$name" ;;
        *) echo "gpu.sh: no step $name" >&2; exit 2 ;;
    esac
done
exit $failed
