#!/usr/bin/env bash
# A swarm on slow links: steps/s of sessions with push, without, and of stock Petals, which take turns; tokens/s of forwards. Three servers share
# a Llama's blocks, and each of them, the bootstrap nodes and the client have a network namespace of their own; bench/links/delay.py between them.
# Usage: bench/links.sh [MODEL_FOLDER]; as root, with ip and tc. Removes what it has made. Prints a line for each measurement.
# Environment: DELAYS (one way in ms, "0 50"), RATE (100mbit), ROUNDS (2), STEPS (60), BATCH (64; 0: no forward), LENGTH (128),
# LAYERS (all; 3 leaves nearly nothing to compute), STOCK (1; 0 leaves Petals out), LOCK (a file that is locked during each measurement),
# REALTIME (1: all nodes run at real-time priority during a measurement of steps, for machines that others keep busy).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${COROLLA_CACHE:-$HOME/.cache/corolla}
model=${1:-$cache/bench/smollm2-folder}
rounds=${ROUNDS:-2} steps=${STEPS:-60} batch=${BATCH:-64} length=${LENGTH:-128} rate=${RATE:-100mbit} stock=${STOCK:-1}
warm_up=${WARM_UP:-400}
corolla=$here/../corolla
stock_python=$cache/interop/petals/bin/python
name=links$$-
nodes=(1 2 3 4 5) # bootstrap nodes, three servers, client
parts=3

fail() { echo "links.sh: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail "making network namespaces needs root"
for tool in ip tc python3; do command -v $tool > /dev/null || fail "there is no $tool"; done
[ -f "$model/config.json" ] || fail "$model is no model; bench/peers.sh makes a folder of SmolLM2"
[ "$stock" = 0 ] || [ -x "$stock_python" ] || fail "no stock Petals: run interop/setup-stock.sh, or set STOCK=0"
"$corolla" --version > /dev/null # builds what is not built

work=$(mktemp -d)
if [ -n "${LAYERS:-}" ]; then # the first layers only: what is left is the network's
  mkdir "$work/model"
  ln -s "$(realpath "$model")"/* "$work/model"
  rm "$work/model/config.json"
  sed "s/\"num_hidden_layers\": *[0-9]*/\"num_hidden_layers\": $LAYERS/" "$model/config.json" > "$work/model/config.json"
  model=$work/model
fi
blocks=$(grep -o '"num_hidden_layers": *[0-9]*' "$model/config.json" | tr -dc 0-9)
pids=()
cleanup() {
  local status=$? all
  trap '' TERM INT
  all=$(for i in "${nodes[@]}"; do ip netns pids "$name$i" 2> /dev/null || true; done)
  # Stock servers end their helpers when they are told to; so first those that were started here.
  kill -TERM "${pids[@]}" $all 2> /dev/null || true
  wait "${pids[@]}" 2> /dev/null || true
  for ((tries = 0; tries < 50; tries++)); do
    kill -0 $all 2> /dev/null || break
    sleep 0.1
  done
  for i in "${nodes[@]}"; do
    all=$(ip netns pids "$name$i" 2> /dev/null || true)
    [ -z "$all" ] || kill -KILL $all 2> /dev/null || true
    ip netns del "$name$i" 2> /dev/null || true
  done
  if [ $status = 0 ]; then rm -rf "$work"; else echo "logs: $work" >&2; fi
}
trap cleanup EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

in_node() { # in_node NUMBER COMMAND...
  local node=$1
  shift
  ip netns exec "$name$node" "$@"
}
wait_for() { # wait_for PATTERN FILE PID: the first match
  local found
  for ((i = 0; i < 600; i++)); do
    if found=$(grep -m 1 -oE "$1" "$2" 2> /dev/null); then echo "$found"; return 0; fi
    kill -0 "$3" 2> /dev/null || break
    sleep 0.2
  done
  tail -n 20 "$2" >&2
  return 1
}

start_network() {
  for i in "${nodes[@]}"; do ip netns add "$name$i"; done
  mkfifo "$work/delays"
  nice -n -10 python3 "$here/links/delay.py" "${nodes[@]/#/$name}" < "$work/delays" > "$work/delay.log" 2>&1 &
  pids+=($!)
  exec 8> "$work/delays"
  wait_for ready "$work/delay.log" $! > /dev/null
  for i in "${nodes[@]}"; do
    # A queue of a tenth of a second: what a rate of 100 Mbit/s and a round trip of 100 ms have on their way.
    ip netns exec "$name$i" tc qdisc replace dev tun0 root tbf rate "$rate" burst 32k latency 100ms
  done
}
start_swarm() { # start_swarm KIND PORT: sets peer_KIND
  local kind=$1 port=$2 address=/ip4/10.79.0 peer
  if [ "$kind" = stock ]; then
    in_node 1 "$here/../interop/stock_bootstrap.sh" --host_maddrs "$address.1/tcp/$port" > "$work/$kind-1.log" 2>&1 &
  else
    in_node 1 "$corolla" dht --host-maddrs "$address.1/tcp/$port" > "$work/$kind-1.log" 2>&1 &
  fi
  pids+=($!)
  peer=$(wait_for "$address\.1/tcp/$port/p2p/[A-Za-z0-9]+" "$work/$kind-1.log" $!)
  for ((part = 0; part < parts; part++)); do
    local node=$((part + 2)) span=$((part * blocks / parts)):$(((part + 1) * blocks / parts))
    if [ "$kind" = stock ]; then
      in_node $node "$here/../interop/stock_server.sh" "$model" links "$span" "$peer" --host_maddrs "$address.$node/tcp/$port" \
        --max_batch_size 32768 > "$work/$kind-$node.log" 2>&1 &
    else
      in_node $node "$corolla" server "$model" --dht-prefix links --block-indices "$span" --initial-peers "$peer" --use-relay never \
        --host-maddrs "$address.$node/tcp/$port" --throughput 1 --threads 1 > "$work/$kind-$node.log" 2>&1 &
    fi
    pids+=($!)
  done
  for ((part = 0; part < parts; part++)); do
    wait_for '^ready|Started' "$work/$kind-$((part + 2)).log" "${pids[-parts + part]}" > /dev/null
  done
  printf -v "peer_$kind" %s "$peer"
}

corolla_client() { # corolla_client ARGUMENTS...
  in_node 5 ${urgent:-} "$corolla" "$@" --dht-prefix links --initial-peers "$peer_corolla" --json 2>> "$work/client.log"
}
stock_client() {
  in_node 5 ${urgent:-} "$stock_python" "$here/links/stock_steps.py" "$model" links "$peer_stock" "$@" 2>> "$work/client.log"
}
schedule() { # schedule POLICY PRIORITY: of all nodes
  for i in "${nodes[@]}"; do
    for pid in $(ip netns pids "$name$i"); do chrt -a "--$1" -p "$2" "$pid" 2> /dev/null || true; done # it may have ended
  done
}
say() { # say WHAT COMMAND...: one line with what it prints
  local what=$1 found urgent=""
  shift
  exec 9> "${LOCK:-$work/lock}"
  flock 9
  if [ -n "${REALTIME:-}" ] && [[ $what == steps* ]]; then
    urgent="chrt --rr 1"
    schedule rr 1
  fi
  found=$("$@") || fail "$what: $(tail -n 3 "$work/client.log")"
  [ -z "$urgent" ] || schedule other 0
  exec 9>&-
  echo "$delay ms one way, load $(cut -d ' ' -f 1 /proc/loadavg): $what $found"
}
measure() {
  local session=(bench session "$model" --steps "$steps" --warm-up "${CLIENT_WARM_UP:-20}") forward=(--batch "$batch" --length "$length" --repeat 2)
  for ((round = 0; round < rounds; round++)); do
    if [ "$steps" != 0 ]; then
      say "steps, push" corolla_client "${session[@]}"
      say "steps, no push" corolla_client "${session[@]}" --no-push
      [ "$stock" = 0 ] || say "steps, Petals" stock_client --steps "$steps"
    fi
    if [ "$batch" != 0 ]; then
      say "forward" corolla_client bench forward "$model" "${forward[@]}"
      [ "$stock" = 0 ] || say "forward, Petals" stock_client "${forward[@]}"
    fi
  done
}

start_network
start_swarm corolla 31330
[ "$stock" = 0 ] || start_swarm stock 31331
corolla_client bench session "$model" --steps 1 --warm-up "$warm_up" > "$work/warm-up.log" # servers compile what they run
for delay in ${DELAYS:-0 50}; do
  echo "$delay" >&8
  measure
done
echo 0 >&8
sleep 0.5
grep -h packets "$work/delay.log" | tail -n +2
