#!/usr/bin/env bash
# Packs Corolla for machines without Java: one jar, a runtime made of this machine's JDK, a launcher.
# Usage: ./corolla package [--out FOLDER] [--xz]     writes FOLDER/corolla-VERSION-linux-ARCH.tar.gz (default: target); --xz: a third smaller, .tar.xz
# Why it is made so: docs/adr/0019-bundle.md
set -euo pipefail
here=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
. "$here/tools/find-jdk.sh"

fail() {
    echo "corolla package: $1" >&2
    exit "${2:-1}"
}

out=$here/target
pack=(gzip -n)
suffix=gz
while [ $# -gt 0 ]; do
    case $1 in
        --out) out=${2:-}; [ -n "$out" ] || fail "--out needs a folder" 2; shift 2 ;;
        --out=?*) out=${1#--out=}; shift ;;
        --xz) pack=(xz -6 -T0); suffix=xz; shift ;;
        -h | --help) sed -n 's/^# Usage: \(.*\)/Usage: \1/p' "${BASH_SOURCE[0]}"; exit 0 ;;
        *) fail "does not know '$1' (usage: ./corolla package [--out FOLDER] [--xz])" 2 ;;
    esac
done

# What can be wrong is said before a minute of work.
[ "$(uname -s)" = Linux ] || fail "makes bundles for Linux, on Linux; this is $(uname -s)"
case $(uname -m) in
    x86_64) arch=x86_64 other=aarch64 ;;
    aarch64 | arm64) arch=aarch64 other=x86_64 ;;
    *) fail "knows the native libraries for x86_64 and aarch64; this machine is $(uname -m)" ;;
esac
if ! mkdir -p "$out" 2>/dev/null || ! [ -w "$out" ]; then fail "cannot write to the folder $out"; fi
out=$(cd "$out" && pwd)
command -v "${pack[0]}" >/dev/null || fail "there is no ${pack[0]}: install it, or pack without --xz"
find_jdk
[ -x "$JAVA_HOME/bin/jlink" ] || fail "the JDK in $JAVA_HOME has no jlink"
if ! [ -e "$JAVA_HOME/jmods/java.base.jmod" ] && ! "$JAVA_HOME/bin/jlink" --help | grep -q 'Linking from run-time image enabled'; then
    fail "the JDK in $JAVA_HOME has neither jmods nor can it link without them: install its package of jmods, or Eclipse Temurin $COROLLA_JDK_MIN"
fi

target=$here/cli/target
work=$target/dist
mkdir -p "$work"
exec 9>"$target/corolla.lock" # as ./corolla: one process builds
if command -v flock >/dev/null; then flock 9; fi
server=""
trap '[ -z "$server" ] || kill $server 2>/dev/null || true; rm -rf "$work/bundle" "$work/training" "$work/files" "$work/archive.part"' EXIT
rm -rf "$work/bundle" "$work/training" "$work/files"

# One jar.
commit=$(git -C "$here" describe --always --exclude='*' --dirty=' and changes' 2>/dev/null || echo unknown) # as Machine.commit
echo "building the jar…" >&2
if ! (cd "$here" && ./mvnw -B -Pdist -Dcorolla.arch.other="$other" -Dcorolla.commit="$commit" \
    -Dspotless.check.skip=true -Dcorolla.werror=-Xlint:-processing -Dmaven.test.skip=true -pl cli -am package) >"$work/build.log" 2>&1; then
    grep -E '^\[ERROR\]' "$work/build.log" >&2 || cat "$work/build.log" >&2
    fail "the jar could not be built; the lines above say why (whole log: $work/build.log)"
fi
# The plugin keeps the first of two files of the same name and says so: here that is an error.
if grep -A 20 'define [0-9]* overlapping' "$work/build.log" >&2; then
    fail "the jars above have files of the same names: leave one out, or merge them (profile dist in cli/pom.xml)"
fi
version=$(cat "$target/classes/corolla/cli/version.txt")
name=corolla-$version-linux-$arch
home=$work/bundle/$name
mkdir -p "$home/bin" "$home/lib"
cp -p "$here/tools/bundle/corolla" "$home/bin/"
cp -p "$here/tools/bundle/README.md" "$here/LICENSE" "$home/"
cp -p "$here/tools/launch.sh" "$home/lib/"
# Stored, not compressed: the archive packs all files together and better, and no start inflates classes.
mkdir "$work/files"
(cd "$work/files" && "$JAVA_HOME/bin/jar" --extract --file "$work/corolla.jar" && find . -type f ! -path ./META-INF/MANIFEST.MF | sed 's,^\./,,' | LC_ALL=C sort >../files.list &&
    "$JAVA_HOME/bin/jar" --create --no-compress --date 2000-01-01T00:00:00Z --file "$home/lib/corolla.jar" --manifest META-INF/MANIFEST.MF @../files.list)
rm -rf "$work/files"
grep -v '(corolla:corolla-' "$work/LIBRARIES" | sed "s/^Lists of .*/Libraries in corolla.jar, with the licences that their makers' descriptions name:/" >"$home/lib/LIBRARIES"

# The runtime: what the classes ask for, but for modules of which only tools and annotations of libraries speak:
# java.compiler (Immutables, for processors), java.instrument, jdk.attach and jdk.jdi (javassist's and JNA's tools), java.sql (Jackson and
# gson write its dates where it is there). Not compressed: the archive is, and is smaller for it by a fifth.
echo "making the runtime…" >&2
modules=$("$JAVA_HOME/bin/jdeps" --multi-release "$COROLLA_JDK_MIN" --ignore-missing-deps --list-deps "$home/lib/corolla.jar" 2>"$work/jdeps.log" |
    sed 's/^ *//; s,/.*,,' | grep -vxE 'java\.(compiler|instrument|sql)|jdk\.(attach|jdi)' | sort -u | paste -sd,) ||
    { cat "$work/jdeps.log" >&2; fail "jdeps does not tell which modules the jar needs"; }
"$JAVA_HOME/bin/jlink" --add-modules "$modules" --strip-debug --no-man-pages --no-header-files --compress zip-0 \
    --output "$home/runtime" 2>"$work/jlink.log" || { cat "$work/jlink.log" >&2; fail "jlink made no runtime of $JAVA_HOME"; }

# The class-data archive: the classes that a server, a client and a check of a tiny model load.
echo "making the class-data archive…" >&2
training=$work/training
model=$training/model
mkdir -p "$model"
cp "$here"/testkit/src/main/resources/golden/models/llama/* "$model/"
cat >"$model/tokenizer.json" <<'EOF'
{"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"},
 "model": {"type": "WordLevel", "vocab": {"?": 0, "a": 1, "b": 2}, "unk_token": "?"}}
EOF
echo '{}' >"$model/tokenizer_config.json"
echo '{% for message in messages %}{{ message.role }} {{ message.content | trim }} {% endfor %}{% if add_generation_prompt %}a{% endif %}' \
    >"$model/chat_template.jinja"

# load NAME ARGUMENT…: runs Corolla and notes which classes it loads.
load() {
    local list=$training/$1.classes
    shift
    COROLLA_CACHE=$training/cache COROLLA_JAVA_OPTIONS="-Xshare:off -XX:DumpLoadedClassList=$list" \
        "$home/bin/corolla" "$@" >"$list.out" 2>"$list.err" || { cat "$list.err" >&2; fail "the packed Corolla does not run: corolla $*"; }
}
serve() {
    COROLLA_CACHE=$training/cache COROLLA_JAVA_OPTIONS="-Xshare:off -XX:DumpLoadedClassList=$training/server.classes" \
        exec "$home/bin/corolla" server "$model" --block-indices 0:6 --dht-prefix training --host-maddrs /ip4/127.0.0.1/tcp/0 --device cpu \
        --identity-path "$training/identity" >"$training/server.out" 2>"$training/server.err"
}
load version --version
load verify verify "$model" --device cpu
touch "$training/server.out"
serve &
server=$!
for _ in $(seq 1200); do # two minutes
    if grep -q '^ready' "$training/server.out" || ! kill -0 $server 2>/dev/null; then break; fi
    sleep 0.1
done
grep -q '^ready' "$training/server.out" || { cat "$training/server.err" >&2; fail "the packed Corolla does not serve"; }
load generate generate "$model" --dht-prefix training --initial-peers "$(grep -m 1 '^/ip4' "$training/server.out")" \
    --chat --prompt "a b" --max-new-tokens 4
kill $server
wait $server || [ $? = 143 ] || { cat "$training/server.err" >&2; fail "the packed server does not end in order"; }
server=""
cat "$training"/*.classes | grep -v '^#' | sed 's/ id: .*//' | awk '!seen[$0]++' >"$training/classes"
COROLLA_JAVA_OPTIONS="-Xshare:dump -XX:SharedClassListFile=$training/classes -XX:SharedArchiveFile=$home/lib/corolla.jsa" \
    "$home/bin/corolla" >"$work/class-data.log" 2>&1 || { tail -n 20 "$work/class-data.log" >&2; fail "the runtime makes no class-data archive"; }
chmod -R u+w,go-w,a+rX "$home"

echo "packing…" >&2
tar --owner=0 --group=0 --numeric-owner --sort=name -C "$work/bundle" -cf - "$name" | "${pack[@]}" >"$work/archive.part"
mv "$work/archive.part" "$out/$name.tar.$suffix"
echo "$out/$name.tar.$suffix"
