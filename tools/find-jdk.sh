# Sourced by ./mvnw and ./corolla. Sets JAVA_HOME to the newest installed JDK of at least $COROLLA_JDK_MIN;
# returns 1, after saying what to install, where there is none.
COROLLA_JDK_MIN=25

# Prints the feature version (25 for 25.0.3) of the JDK in folder $1, or nothing where there is no whole JDK.
jdk_version_of() {
    [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

find_jdk() {
    local candidate version best="" best_version=0 on_path
    on_path=$(command -v javac || true)
    [ -z "$on_path" ] || on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
    # An explicit choice wins if it will do; otherwise the newest of the places where JDKs are usually kept.
    version=$(jdk_version_of "${JAVA_HOME:-/nonexistent}")
    if [ "${version:-0}" -ge "$COROLLA_JDK_MIN" ]; then
        export JAVA_HOME
        return 0
    fi
    for candidate in "$on_path" /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
        "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* "$HOME"/.local/share/mise/installs/java/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
        version=$(jdk_version_of "$candidate")
        if [ "${version:-0}" -ge "$COROLLA_JDK_MIN" ] && [ "$version" -gt "$best_version" ]; then
            best=$candidate best_version=$version
        fi
    done
    if [ -z "$best" ]; then
        echo "Corolla needs a JDK $COROLLA_JDK_MIN or newer and found none (JAVA_HOME, PATH and the usual folders were searched)." >&2
        echo "Install one, for example Eclipse Temurin $COROLLA_JDK_MIN (package temurin-$COROLLA_JDK_MIN-jdk or 'sdk install java $COROLLA_JDK_MIN-tem'), or set JAVA_HOME." >&2
        return 1
    fi
    JAVA_HOME=$best
    export JAVA_HOME
}
