#!/usr/bin/env bash
# A Corolla server at home behind a router that lets nobody in, a bootstrap node and relay outside, and a stock and a Corolla client
# outside that generate through the server. Usage: behind_router.sh MODEL_DIR PREFIX stock|corolla [IDS]: whose the bootstrap node is,
# and a prompt as `corolla generate --input-ids` takes it. Home and outside are two network namespaces. Prints one JSON line on standard output; everything ends with the script.
# Exits with 77, saying why, where namespaces cannot be made (needs root, ip and nft).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/group.sh"
model=$1 prefix=$2 bootstrap=$3 ids=${4:-3,4,5,6,7,8,9,10}

cannot() { echo "behind_router: CANNOT RUN: $*" >&2; exit 77; }
fail() { echo "behind_router: $*" >&2; tail -n 20 "$work"/*.log >&2; exit 1; }

[ "$(id -u)" = 0 ] || cannot "making network namespaces needs root"
for tool in ip nft; do
  command -v $tool > /dev/null || apt-get install -y -qq iproute2 nftables > /dev/null 2>&1 || true
  command -v $tool > /dev/null || cannot "there is no $tool, and apt-get could not install it"
done
python=$(stock_python) || cannot "no stock Petals"

work=$(mktemp -d)
home=corolla-home-$$ outside=corolla-out-$$
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2> /dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2> /dev/null || true; done
  ip netns del $home 2> /dev/null || true
  ip netns del $outside 2> /dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 143' TERM

ip netns add $home 2> "$work/netns.log" || cannot "ip netns add: $(cat "$work/netns.log")"
ip netns add $outside
ip link add h$$ netns $home type veth peer name o$$ netns $outside
ip -n $home address add 10.77.0.2/30 dev h$$
ip -n $outside address add 10.77.0.1/30 dev o$$
for side in "$home h$$" "$outside o$$"; do
  set -- $side
  ip -n $1 link set lo up
  ip -n $1 link set $2 up
done
# The router: answers come in, nothing else does, and nobody is told.
ip netns exec $home nft -f - << 'RULES' || cannot "nft does not work in a namespace"
table inet router {
  chain input {
    type filter hook input priority 0; policy drop;
    iif lo accept
    ct state established,related accept
    meta l4proto { icmp, ipv6-icmp } accept
  }
}
RULES

wait_for() { # wait_for PATTERN FILE PID SECONDS: the first match
  for ((i = 0; i < $4 * 5; i++)); do
    if found=$(grep -m 1 -oE "$1" "$2" 2> /dev/null); then echo "$found"; return 0; fi
    kill -0 "$3" 2> /dev/null || return 1
    sleep 0.2
  done
  return 1
}

listen=/ip4/10.77.0.1/tcp/31330
if [ "$bootstrap" = stock ]; then
  RELAY=1 ip netns exec $outside "$here/stock_bootstrap.sh" --host_maddrs $listen > "$work/bootstrap.log" 2>&1 &
else
  ip netns exec $outside "$here/../corolla" dht --host-maddrs $listen > "$work/bootstrap.log" 2>&1 &
fi
pids+=($!)
peer=$(wait_for '/ip4/10\.77\.0\.1/tcp/31330/p2p/[A-Za-z0-9]+' "$work/bootstrap.log" $! 120) || fail "the bootstrap node does not start"

ip netns exec $home "$here/../corolla" server "$model" --initial-peers "$peer" --dht-prefix "$prefix" --port 31331 \
  --throughput 1 --threads 1 > "$work/server.log" 2>&1 &
pids+=($!)
wait_for '^ready' "$work/server.log" $! 180 > /dev/null || fail "the server does not start"
if ip netns exec $outside timeout 3 bash -c '< /dev/tcp/10.77.0.2/31331' 2> /dev/null; then
  fail "the server can be dialed: there is nothing to show"
fi
said=$(grep -m 1 -o 'not reachable from outside.*' "$work/server.log" || true)
[ -n "$said" ] || fail "the server does not say that it is not reachable"

ip netns exec $outside "$here/../corolla" generate "$model" --initial-peers "$peer" --dht-prefix "$prefix" \
  --input-ids "$ids" --max-new-tokens 24 --json > "$work/java.json" 2> "$work/java.log" || fail "the Corolla client fails"
ip netns exec $outside "$python" "$here/stock_client.py" "$model" "$prefix" "$peer" --no-backward \
  > "$work/stock.json" 2> "$work/stock.log" || fail "the stock client fails"
echo "{\"server_said\": \"$said\", \"corolla\": $(tail -n 1 "$work/java.json"), \"stock\": $(tail -n 1 "$work/stock.json")}"
