# Sourced by stock_server.sh and stock_bootstrap.sh.

# The stock environment's Python, or one line on what to do.
stock_python() {
  local python=${COROLLA_CACHE:-$HOME/.cache/corolla}/interop/petals/bin/python
  [ -x "$python" ] || { echo "$(basename "$0"): no stock Petals: run setup-stock.sh first" >&2; return 1; }
  echo "$python"
}

# run_group COMMAND...: runs it in a process group of its own and ends that whole group when this script ends, however
# it ends. Stock peers fork helpers (DHT, handlers, p2pd) that outlive their parent otherwise. Exits with its status.
run_group() {
  setsid "$@" < /dev/null &
  group=$!
  trap 'end_group' EXIT
  trap 'exit 143' TERM
  trap 'exit 130' INT
  trap 'exit 129' HUP
  # For a SIGKILL, which no trap sees.
  (
    trap '' TERM INT HUP
    trap - EXIT
    # The leader by its own number: on a busy machine its group does not exist yet.
    while kill -0 $$ && kill -0 "$group"; do sleep 1; done
    kill -KILL -- "-$group"
  ) < /dev/null > /dev/null 2>&1 &
  disown
  local status=0
  wait "$group" || status=$?
  exit "$status"
}

end_group() {
  trap '' TERM INT HUP
  kill -TERM -- "-$group" 2> /dev/null || return 0
  for _ in {1..20}; do
    sleep 0.1
    kill -0 -- "-$group" 2> /dev/null || return 0
  done
  kill -KILL -- "-$group" 2> /dev/null || true
}
