package dev.stowbook.supervisor.policy;

import dev.stowbook.linux.seccomp.SeccompArch;
import dev.stowbook.linux.seccomp.SeccompCompiler;
import dev.stowbook.linux.seccomp.SeccompException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One seccomp profile and the filters compiled from it, one for each set of capabilities asked for. Any thread; the first call for a set
 * blocks for some milliseconds, further ones copy bytes.
 */
public final class SeccompProfiles {
    private static final String BUILT_IN = "/seccomp/default.json";

    private final ProfileFile profile;
    private final SeccompCompiler compiler;
    private final KernelVersion kernel;
    private final Map<Long, byte[]> filters = new ConcurrentHashMap<>();

    private SeccompProfiles(ProfileFile profile, SeccompCompiler compiler, KernelVersion kernel) {
        this.profile = profile;
        this.compiler = compiler;
        this.kernel = kernel;
    }

    /** The profile that comes with Stowbook. */
    public static SeccompProfiles builtIn(SeccompCompiler compiler) throws SeccompException {
        try (InputStream in = SeccompProfiles.class.getResourceAsStream(BUILT_IN)) {
            if (in == null) {
                throw new SeccompException("The default seccomp profile " + BUILT_IN + " is missing from the jar: build Stowbook again.");
            }
            return parse("default.json", in.readAllBytes(), compiler);
        } catch (IOException e) {
            throw new SeccompException("The default seccomp profile cannot be read: " + e + ".", e);
        }
    }

    /** A profile of the operator's own, in Docker's format. @throws SeccompException naming the file and the place in it */
    public static SeccompProfiles file(Path file, SeccompCompiler compiler) throws SeccompException {
        try {
            return parse(file.toString(), Files.readAllBytes(file), compiler);
        } catch (IOException e) {
            throw new SeccompException("Seccomp profile " + file + " cannot be read: " + e + ".", e);
        }
    }

    static SeccompProfiles parse(String source, byte[] json, SeccompCompiler compiler) throws SeccompException {
        return new SeccompProfiles(
                new ProfileParser(source).parse(json), compiler, KernelVersion.parse(System.getProperty("os.version")));
    }

    /**
     * The filter for a container with these capabilities, as {@link SeccompCompiler#compile} describes it.
     *
     * @throws SeccompException if libseccomp refuses a rule
     */
    public byte[] filterFor(Set<Capability> capabilities) throws SeccompException {
        long mask = Capability.mask(capabilities);
        byte[] filter = filters.get(mask);
        if (filter == null) {
            filter = compiler.compile(profile.resolve(capabilities, SeccompArch.ofThisMachine(), kernel));
            filters.put(mask, filter);
        }
        return filter.clone();
    }
}
