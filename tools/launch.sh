# Sourced by ./corolla and by bin/corolla of a bundle, so it is plain sh. The one place for the flags of the JVM.

# launch JAVA CLASS_PATH CLASS_DATA ARGUMENT…: becomes the Java process, so that signals reach it. CLASS_DATA is an archive made by
# tools/package.sh for just this class path, or empty; one that does not fit (a jar with another time) is passed over without a word.
launch() {
    java=$1 class_path=$2 class_data=$3
    shift 3
    COROLLA_TERMINAL=""
    if [ -t 1 ]; then COROLLA_TERMINAL="out"; fi
    if [ -t 2 ]; then COROLLA_TERMINAL="$COROLLA_TERMINAL err"; fi
    export COROLLA_TERMINAL

    # jdk.incubator.vector: kernels. Native access: oneDNN and the tokenizers library. Unsafe: protobuf and msgpack read arrays with it.
    # The serial collector: little garbage, and no threads beside the compute threads.
    exec "$java" \
        --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
        -XX:+UseSerialGC -XX:+UseCompactObjectHeaders -XX:-UsePerfData \
        ${class_data:+-XX:SharedArchiveFile="$class_data" -Xlog:cds=off -Xlog:aot=off} \
        ${COROLLA_JAVA_OPTIONS:-} -cp "$class_path" corolla.cli.Corolla "$@"
}
