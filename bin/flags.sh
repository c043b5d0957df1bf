# JVM flags; for bin/stowbook and bin/build, which source it. Needs dist, cache, java_major and java_version; sets flags and classpath.

client_flags() {
    classpath=$dist/lib/stowbook-supervisor.jar
    for library in com.fasterxml.jackson.core.jackson-core dev.stowbook.stowbook-linux net.java.dev.jna.jna \
            org.apache.commons.commons-compress commons-io.commons-io org.apache.commons.commons-lang3 commons-codec.commons-codec; do
        classpath=$classpath:$dist/lib/$library.jar
    done
    flags="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -Xlog:disable -Xmx256m"
    jna_flags
    archive client
}

# Chronicle Queue needs the exports and opens; see jvm.opens in pom.xml.
daemon_flags() {
    classpath=
    for library in "$dist"/lib/*.jar; do
        classpath=$classpath${classpath:+:}$library
    done
    # The quick compiler alone: the work waits for the kernel, and is warm soon. Left to itself the JVM begins with the largest heap, and the C library with an arena a thread: memory that an idle daemon keeps.
    # Roomy survivor spaces: what a pull has under way dies there, not in the old generation, which grows and is not given back.
    export MALLOC_ARENA_MAX=2
    flags="-XX:+UseSerialGC -Xms24m -Xmn12m -XX:SurvivorRatio=2 -Xmx128m -Xss512k -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xlog:disable -Xlog:all=error:stderr -Dchronicle.analytics.disable=true
        -Djava.util.logging.config.file=$dist/logging.properties
        --add-exports=java.base/jdk.internal.ref=ALL-UNNAMED --add-exports=java.base/sun.nio.ch=ALL-UNNAMED
        --add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED
        --add-opens=java.base/java.lang.reflect=ALL-UNNAMED --add-opens=java.base/java.io=ALL-UNNAMED
        --add-opens=java.base/java.util=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED"
    [ "$java_major" -lt 23 ] || flags="$flags --sun-misc-unsafe-memory-access=allow"
    jna_flags
    archive daemon
}

# JNA's own library is unpacked once, by bin/build, and not at every start.
jna_flags() {
    flags="$flags --enable-native-access=ALL-UNNAMED"
    if [ -f "$dist/native/libjnidispatch.so" ]; then
        flags="$flags -Djna.boot.library.path=$dist/native -Djna.nosys=true -Djna.nounpack=true"
    fi
}

# Adds the archive of loaded classes for $1, if it is of this JDK and newer than the program: an AOT cache from JDK 25 on, AppCDS before.
archive() {
    if [ "$java_major" -ge 25 ]; then
        archive_file=$cache/$1-$java_version.aot
        archive_flag=-XX:AOTCache=
    else
        archive_file=$cache/$1-$java_version.jsa
        archive_flag=-XX:SharedArchiveFile=
    fi
    if [ "$archive_file" -nt "$dist/lib/stowbook-supervisor.jar" ]; then
        flags="$flags $archive_flag$archive_file"
    fi
}
