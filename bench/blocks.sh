#!/usr/bin/env bash
# One table of what the products of transformer blocks cost here, by shape and type of weights, beside the memory's read speed and oneDNN's own
# products. Options: see BlocksOptions; --json FILE writes the figures. (`./corolla bench block` measures whole blocks, PyTorch's beside them.)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."
. tools/find-jdk.sh
find_jdk
./mvnw -o -q -B -Dspotless.check.skip=true -Dcorolla.werror=-Xlint:-processing -pl cli,bench -am process-classes ||
  ./mvnw -q -B -Dspotless.check.skip=true -Dcorolla.werror=-Xlint:-processing -pl cli,bench -am process-classes
exec "$JAVA_HOME/bin/java" --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -Xmx1g \
  -cp "bench/target/classes:$(cat cli/target/corolla.classpath)" corolla.bench.blocks.BlocksBench "$@"
