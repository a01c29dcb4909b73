#!/usr/bin/env bash
# How near servers come to the best placement through an hour of churn, by our rule and by Petals', and how often they move:
# bench/placement.sh [SEED|FIRST-LAST [FILE.svg]] prints a Markdown table for these seeds (1-10), and draws the file if one is named.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."
. tools/find-jdk.sh
find_jdk
./mvnw -o -q -B -Dspotless.check.skip=true -Dcorolla.werror=-Xlint:-processing -pl cli,bench -am process-classes ||
  ./mvnw -q -B -Dspotless.check.skip=true -Dcorolla.werror=-Xlint:-processing -pl cli,bench -am process-classes
exec "$JAVA_HOME/bin/java" -cp "bench/target/classes:$(cat cli/target/corolla.classpath)" \
  corolla.bench.placement.PlacementBench "${1:-1-10}" ${2:+"$2"}
