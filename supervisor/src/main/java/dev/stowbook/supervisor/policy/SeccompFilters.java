package dev.stowbook.supervisor.policy;

import dev.stowbook.linux.seccomp.SeccompCompiler;
import dev.stowbook.linux.seccomp.SeccompException;
import dev.stowbook.supervisor.model.SeccompSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The filter that a container's manifest asks for. Any thread; blocks for milliseconds where one has to be compiled. */
public final class SeccompFilters {
    /** Allows everything, on every architecture of the machine: what is denied on top of it is denied everywhere. */
    private static final String EVERYTHING = """
            {"defaultAction": "SCMP_ACT_ALLOW",
             "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
                         {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
             "syscalls": []}
            """;

    /** A profile as its file was when it was read. */
    private record Version(Path file, String state) {}

    private final SeccompProfiles builtIn;
    private final SeccompProfiles everything;
    private final SeccompCompiler compiler;
    private final Optional<Path> directory;
    private final Map<Version, SeccompProfiles> files = new ConcurrentHashMap<>();

    private SeccompFilters(SeccompCompiler compiler, Optional<Path> directory) throws SeccompException {
        this.compiler = compiler;
        this.directory = directory;
        this.builtIn = SeccompProfiles.builtIn(compiler);
        this.everything = SeccompProfiles.parse("unconfined", EVERYTHING.getBytes(StandardCharsets.UTF_8), compiler);
    }

    /** @param directory where the profiles are that manifests may name; without one they may name none */
    public static SeccompFilters of(SeccompCompiler compiler, Optional<Path> directory) throws SeccompException {
        return new SeccompFilters(compiler, directory);
    }

    /**
     * The filter for a container.
     *
     * @return empty if it is to run without any
     * @throws SeccompException naming a system call that does not exist, or the file and the place in it
     */
    public Optional<byte[]> filterFor(SeccompSpec spec, Set<Capability> capabilities) throws SeccompException {
        boolean changed = !spec.allow().isEmpty() || !spec.deny().isEmpty();
        return switch (spec.type()) {
            case RUNTIME_DEFAULT -> Optional.of(builtIn.filterFor(capabilities, spec.allow(), spec.deny()));
            case LOCALHOST -> Optional.of(file(spec.localhostProfile()).filterFor(capabilities, spec.allow(), spec.deny()));
            case UNCONFINED -> changed
                    ? Optional.of(everything.filterFor(capabilities, spec.allow(), spec.deny()))
                    : Optional.empty();
        };
    }

    private SeccompProfiles file(String name) throws SeccompException {
        Path below = directory.orElseThrow(() -> new SeccompException("Seccomp profile " + name
                + " cannot be looked for: the daemon's configuration names no security.seccompProfiles."));
        Path file = below.resolve(name).normalize();
        if (!file.startsWith(below)) {
            throw new SeccompException("Seccomp profile " + name + " does not lie below " + below + ".");
        }
        try {
            Version version = new Version(file, Files.getLastModifiedTime(file) + " " + Files.size(file) + " " + Files.getAttribute(file, "unix:ino"));
            SeccompProfiles known = files.get(version);
            if (known == null) {
                known = SeccompProfiles.file(file, compiler);
                files.keySet().removeIf(old -> old.file().equals(file));
                files.put(version, known);
            }
            return known;
        } catch (IOException e) {
            throw new SeccompException("Seccomp profile " + file + " cannot be read: " + e + ".", e);
        }
    }
}
