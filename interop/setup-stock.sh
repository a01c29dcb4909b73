#!/usr/bin/env bash
# Installs a stock Petals peer for the interoperability tests: a Python virtual environment (about 6 GB, some minutes)
# in $COROLLA_CACHE/interop/petals, by default ~/.cache/corolla/interop/petals. Does nothing when it is there already.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${COROLLA_CACHE:-$HOME/.cache/corolla}/interop
venv=$folder/petals
stamp=$venv/.corolla-stamp
petals=petals==2.2.0.post1

fail() { echo "setup-stock: $*" >&2; exit 1; }

wanted=$({ echo "$petals"; cat "$here"/{requirements.txt,constraints.txt,stock_shim.py}; } | sha256sum | cut -d' ' -f1)
mkdir -p "$folder"
exec 9> "$folder/petals.lock"
flock 9 # two test runs at once: the second waits, then finds everything done

if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && [ -x "$venv/bin/python" ]; then
  echo "setup-stock: already there: $venv"
  exit 0
fi

python=${PYTHON:-python3}
command -v "$python" > /dev/null || fail "no $python on PATH"
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' ||
  fail "needs Python 3.11, $python is $("$python" -V 2>&1) (PYTHON=... names another)"

log=$folder/petals-install.log
begin=$SECONDS
: > "$log"
step() { # step WHAT COMMAND...
  local what=$1
  shift
  "$@" >> "$log" 2>&1 || fail "$what failed: $(tail -n 1 "$log") (all of it: $log)"
}
step "making the environment" "$python" -m venv --clear "$venv"
pip=("$venv/bin/python" -m pip install -q --disable-pip-version-check --no-input -c "$here/constraints.txt")
step "installing the requirements" "${pip[@]}" -r "$here/requirements.txt"
step "installing Petals" "${pip[@]}" --no-deps "$petals"
packages=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cp "$here/stock_shim.py" "$packages/"
echo "import stock_shim" > "$packages/stock_shim.pth"
step "importing Petals" "$venv/bin/python" -c 'import petals'
echo "$wanted" > "$stamp"
echo "setup-stock: installed in $((SECONDS - begin)) s: $venv"
