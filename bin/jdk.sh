# Finds a JDK; for the other scripts here, which source it. Nothing below starts a process unless java is only on the PATH.
# Sets java_home, java_version (25.0.3+9) and java_major (25).

# Reads the version of the JDK in $1, empty if there is none.
jdk_version() {
    version= major=0
    [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 0
    while IFS='=' read -r key value; do
        value=${value#\"}; value=${value%\"}
        case $key in
            JAVA_VERSION) major=${value%%[.+-]*}; [ -n "$version" ] || version=$value ;;
            JAVA_RUNTIME_VERSION) version=${value%%-*} ;;
        esac
    done < "$1/release"
    case $major in '' | *[!0-9]*) major=0 ;; esac
}

# JAVA_HOME if it is new enough, else the newest of /usr/lib/jvm, else the one on the PATH. $1: a program it must have.
find_jdk() {
    java_home= java_version= java_major=20
    if [ -n "${JAVA_HOME:-}" ]; then consider_jdk "$JAVA_HOME" "$1"; fi
    if [ -z "$java_home" ]; then
        for candidate in "${STOWBOOK_JVM_DIRECTORY:-/usr/lib/jvm}"/*; do consider_jdk "$candidate" "$1"; done
    fi
    if [ -z "$java_home" ] && found=$(command -v java); then
        found=$(readlink -f "$found")
        consider_jdk "${found%/bin/java}" "$1"
    fi
    [ -n "$java_home" ] && return 0
    echo "stowbook: there is no JDK 21 or newer in JAVA_HOME, /usr/lib/jvm or on the PATH: install one (Debian 13: openjdk-21-jdk-headless; Debian 12: temurin-25-jdk from packages.adoptium.net), or set JAVA_HOME." >&2
    return 1
}

consider_jdk() {
    jdk_version "$1"
    if [ "$major" -gt "$java_major" ] && [ -x "$1/bin/$2" ]; then
        java_home=$1 java_version=$version java_major=$major
    fi
}
