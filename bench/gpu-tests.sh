#!/usr/bin/env bash
# Packs the tests of kernels-cuda with what they need into one archive, for a machine with a GPU that has a bundle of Corolla (./corolla package) and no
# Maven: bench/gpu.sh runs them there on the real device.
# Usage: bench/gpu-tests.sh OUT.tar.gz
set -euo pipefail
[ $# = 1 ] || { sed -n 's/^# Usage: //p' "${BASH_SOURCE[0]}" >&2; exit 2; }
mkdir -p "$(dirname "$1")"
out=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
. tools/find-jdk.sh
find_jdk
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Each module writes the class path over the last one's; kernels-cuda comes last.
./mvnw -q -B -Dspotless.check.skip=true -Dcorolla.werror=-Xlint:-processing -pl kernels-cuda -am test-compile dependency:build-classpath \
    -DincludeScope=test -Dmdep.outputFile="$work/class-path"
junit=$(grep -o '<junit.version>[^<]*' pom.xml | sed 's/.*>//')
./mvnw -q -B -N dependency:copy -Dartifact="org.junit.platform:junit-platform-console-standalone:$junit" -DoutputDirectory="$work"
mkdir "$work/all"
(cd "$work/all" && for jar in "$work"/junit-*.jar $(tr : '\n' <"$work/class-path" | grep -E '/(assertj-core|byte-buddy|jspecify)-[^/]*\.jar$'); do
    "$JAVA_HOME/bin/jar" --extract --file "$jar"
done)
find "$work/all" -name module-info.class -delete
cp -r kernels-cuda/target/test-classes/. tensor/target/test-classes/. testkit/target/classes/. "$work/all/"
rm -rf "$work/all/golden" "$work"/all/META-INF/versions/*/net # golden models are in the checkout; of byte-buddy one version does
tar -C "$work/all" -czf "$out" .
ls -l "$out"
