#!/usr/bin/env bash
# {our, stock} bootstrap x {our, stock, mixed} servers x {our, stock} client, and a table of what came out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
interop/setup-stock.sh
rm -f it/target/interop-matrix.txt
./mvnw -B -q verify -Pinterop -pl it -am -Dtest=MatrixTest -Dsurefire.failIfNoSpecifiedTests=false
cat it/target/interop-matrix.txt
