#!/usr/bin/env bash
# Harms the servers of a swarm of real processes while it answers, and tells what it costs: kills, freezes or cuts them off, or lets them
# answer what is wrong. Prints a line for each answer, and a summary at the end, also when it is told to stop.
# Usage: tools/chaos.sh [--harm kill|freeze|cut|spoil|flip] [--answers N] [--tokens N] [--period-ms N] [--answer-s N] [--limit-s N] [--seed N]
#                       [--in-use] [--model MODEL] [--stock]
# --in-use: harms only servers that the answer under way is using.
# --stock: stock Petals' servers and client instead (interop/setup-stock.sh), MODEL being a folder; kill, freeze and cut only.
# 'cut' needs root and iproute2: every server gets a network namespace of its own, on a bridge in one more; all are removed at the end.
set -euo pipefail
here=$(dirname "$(dirname "$(readlink -f "$0")")")
. "$here/tools/find-jdk.sh"
find_jdk
"$here/corolla" --version > /dev/null # builds what is not built
if [ -n "$(find "$here/it/src/test" -name '*.java' -newer "$here/it/target/chaos.stamp" -print -quit 2>&1)" ]; then
    log=$here/it/target/chaos-build.log
    mkdir -p "$here/it/target"
    (cd "$here" && ./mvnw -q -B ${MAVEN_OFFLINE:+-o} -Dspotless.check.skip=true -Dcorolla.werror=-Xlint:-processing -pl it -am test-compile) > "$log" 2>&1 ||
        { cat "$log" >&2; exit 1; }
    touch "$here/it/target/chaos.stamp"
fi
run=("$JAVA_HOME/bin/java" --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED
    --sun-misc-unsafe-memory-access=allow -XX:+UseSerialGC -XX:+UseCompactObjectHeaders
    ${CHAOS_JAVA_OPTIONS:-} -cp "$here/it/target/test-classes:$here/cli/target/classes:$(cat "$here/cli/target/corolla.classpath")" corolla.it.chaos.Chaos)
case " ${*,,} " in
    *" --harm cut "* | *" --harm=cut "*) ;;
    *) exec "${run[@]}" "$@" ;;
esac

# A bridge in a namespace of its own, where the bootstrap node and the client are, and a namespace for each server.
name=chaos$$-
cleanup() {
    for i in hub 1 2 3 4 5; do ip netns del "$name$i" 2> /dev/null || true; done
}
trap cleanup EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
ip netns add "${name}hub"
ip -n "${name}hub" link set lo up
ip -n "${name}hub" link add bridge0 type bridge
ip -n "${name}hub" address add 10.78.0.1/24 dev bridge0
ip -n "${name}hub" link set bridge0 up
for i in 1 2 3 4 5; do
    ip netns add "$name$i"
    ip -n "${name}hub" link add "s$i" type veth peer name eth0 netns "$name$i"
    ip -n "${name}hub" link set "s$i" master bridge0 up
    ip -n "$name$i" address add "10.78.0.$((10 + i))/24" dev eth0
    ip -n "$name$i" link set lo up
    ip -n "$name$i" link set eth0 up
done
ip netns exec "${name}hub" "${run[@]}" "$@" --namespaces "$name"
