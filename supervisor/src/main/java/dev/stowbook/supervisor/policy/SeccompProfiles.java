package dev.stowbook.supervisor.policy;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.seccomp.SeccompAction;
import dev.stowbook.linux.seccomp.SeccompArch;
import dev.stowbook.linux.seccomp.SeccompCompiler;
import dev.stowbook.linux.seccomp.SeccompException;
import dev.stowbook.linux.seccomp.SeccompProfile;
import dev.stowbook.linux.seccomp.SeccompRule;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * One seccomp profile and the filters compiled from it, one for each set of capabilities asked for. Any thread; the first call for a set
 * blocks for some milliseconds, further ones copy bytes.
 */
public final class SeccompProfiles {
    private static final String BUILT_IN = "/seccomp/default.json";

    private record Wanted(long capabilities, List<String> allow, List<String> deny) {}

    private final ProfileFile profile;
    private final SeccompCompiler compiler;
    private final KernelVersion kernel;
    private final Map<Wanted, byte[]> filters = new ConcurrentHashMap<>();

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
        return filterFor(capabilities, List.of(), List.of());
    }

    /**
     * The same, changed.
     *
     * @param allow system calls that are let through whatever the profile says of them
     * @param deny system calls that fail with EPERM whatever the profile says of them
     * @throws SeccompException naming a system call that does not exist
     */
    public byte[] filterFor(Set<Capability> capabilities, List<String> allow, List<String> deny) throws SeccompException {
        Wanted wanted = new Wanted(Capability.mask(capabilities), List.copyOf(allow), List.copyOf(deny));
        byte[] filter = filters.get(wanted);
        if (filter == null) {
            for (String name : Stream.concat(allow.stream(), deny.stream()).toList()) {
                if (!compiler.knows(name)) {
                    throw new SeccompException("There is no system call '" + name + "': syscalls(2) lists them.");
                }
            }
            filter = compiler.compile(changed(profile.resolve(capabilities, SeccompArch.ofThisMachine(), kernel), allow, deny));
            filters.put(wanted, filter);
        }
        return filter.clone();
    }

    private static SeccompProfile changed(SeccompProfile profile, List<String> allow, List<String> deny) {
        if (allow.isEmpty() && deny.isEmpty()) {
            return profile;
        }
        List<SeccompRule> rules = new ArrayList<>();
        for (SeccompRule rule : profile.rules()) {
            List<String> names = rule.names().stream().filter(name -> !allow.contains(name) && !deny.contains(name)).toList();
            if (!names.isEmpty()) {
                rules.add(new SeccompRule(names, rule.action(), rule.arguments()));
            }
        }
        rules.add(new SeccompRule(allow, SeccompAction.ALLOW, List.of()));
        rules.add(new SeccompRule(deny, SeccompAction.errno(Errno.EPERM), List.of()));
        Set<String> known = new HashSet<>(profile.known());
        known.addAll(allow);
        return new SeccompProfile(profile.defaultAction(), profile.architectures(), rules, known);
    }
}
