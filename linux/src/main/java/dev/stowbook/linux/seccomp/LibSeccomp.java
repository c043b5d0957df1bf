package dev.stowbook.linux.seccomp;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The compiler that uses the host's libseccomp.so.2. Safe for use from any thread. */
public final class LibSeccomp implements SeccompCompiler {
    /** The library, and the Debian package that has it. */
    public static final String LIBRARY = "libseccomp.so.2";

    private static final String PACKAGE = "libseccomp2";

    private final NativeSeccomp seccomp;

    LibSeccomp(NativeSeccomp seccomp) {
        this.seccomp = seccomp;
    }

    /** Loads the library. @throws SeccompException naming the Debian package if it is missing */
    public static LibSeccomp load() throws SeccompException {
        return load(LIBRARY);
    }

    static LibSeccomp load(String library) throws SeccompException {
        try {
            return new LibSeccomp(Native.load(library, NativeSeccomp.class));
        } catch (UnsatisfiedLinkError e) {
            throw new SeccompException(
                    library + " is missing, and containers need it for their seccomp filter: apt-get install " + PACKAGE + ".", e);
        }
    }

    @Override
    public byte[] compile(SeccompProfile profile) throws SeccompException {
        Pointer context = seccomp.seccomp_init(profile.defaultAction().value());
        if (context == null) {
            throw new SeccompException("libseccomp refuses the default action " + profile.defaultAction() + ".");
        }
        try {
            check(seccomp.seccomp_attr_set(
                            context, NativeSeccomp.SCMP_FLTATR_ACT_BADARCH, new SeccompAction(SeccompAction.Kind.KILL_PROCESS, 0).value()),
                    "the action for foreign architectures");
            check(seccomp.seccomp_attr_set(
                            context, NativeSeccomp.SCMP_FLTATR_CTL_OPTIMIZE, NativeSeccomp.OPTIMIZE_BINARY_TREE),
                    "optimising (libseccomp 2.5 or newer is needed)");
            architectures(context, profile.architectures());
            for (SeccompRule rule : profile.rules()) {
                if (!rule.action().equals(profile.defaultAction())) { // libseccomp refuses a rule that changes nothing
                    add(context, rule);
                }
            }
            // who lets through what no rule names has made up their mind about newer calls, too
            boolean permissive = profile.defaultAction().equals(SeccompAction.ALLOW) || profile.defaultAction().kind() == SeccompAction.Kind.LOG;
            return permissive ? export(context) : BpfPrefix.enosysAbove(highestKnown(profile), export(context));
        } finally {
            seccomp.seccomp_release(context);
        }
    }

    @Override
    public boolean knows(String name) {
        return seccomp.seccomp_syscall_resolve_name(name) != NativeSeccomp.NR_UNKNOWN;
    }

    private void architectures(Pointer context, List<SeccompArch> wanted) throws SeccompException {
        for (SeccompArch arch : wanted) {
            if (seccomp.seccomp_arch_exist(context, arch.token) != 0) {
                check(seccomp.seccomp_arch_add(context, arch.token), "architecture " + arch);
            }
        }
        SeccompArch own = SeccompArch.ofThisMachine();
        if (!wanted.contains(own)) {
            check(seccomp.seccomp_arch_remove(context, own.token), "leaving out architecture " + own);
        }
    }

    private void add(Pointer context, SeccompRule rule) throws SeccompException {
        for (String name : rule.names()) {
            int number = seccomp.seccomp_syscall_resolve_name(name);
            if (number == NativeSeccomp.NR_UNKNOWN) {
                continue;
            }
            for (List<ArgComparison> arguments : alternatives(rule.arguments())) {
                byte[] encoded = encode(arguments);
                check(seccomp.seccomp_rule_add_array(context, rule.action().value(), number, arguments.size(), encoded),
                        "the rule " + rule.action() + " for " + name + " " + arguments);
            }
        }
    }

    /** One rule may compare an argument once only; comparisons of the same argument are alternatives, as in runc. */
    private static Collection<List<ArgComparison>> alternatives(List<ArgComparison> arguments) {
        var indexes = new HashSet<Integer>();
        for (ArgComparison argument : arguments) {
            if (!indexes.add(argument.index())) {
                return arguments.stream().map(List::of).toList();
            }
        }
        return List.of(arguments);
    }

    private static byte @Nullable [] encode(List<ArgComparison> arguments) {
        if (arguments.isEmpty()) {
            return null;
        }
        var bytes = ByteBuffer.allocate(arguments.size() * NativeSeccomp.ARG_CMP_BYTES).order(ByteOrder.nativeOrder());
        for (ArgComparison argument : arguments) {
            bytes.putInt(argument.index())
                    .putInt(argument.operator().value())
                    .putLong(argument.value())
                    .putLong(argument.valueTwo());
        }
        return bytes.array();
    }

    private List<BpfPrefix.Limit> highestKnown(SeccompProfile profile) {
        var limits = new ArrayList<BpfPrefix.Limit>();
        for (SeccompArch arch : profile.architectures()) {
            var numbers = new ArrayList<Integer>();
            for (String name : profile.known()) {
                int number = seccomp.seccomp_syscall_resolve_name_arch(arch.token, name);
                if (number >= 0) { // negative: unknown, or none of this architecture
                    numbers.add(number);
                }
            }
            BpfPrefix.Limit.of(arch, numbers).ifPresent(limits::add);
        }
        return limits;
    }

    private byte[] export(Pointer context) throws SeccompException {
        // SAFETY: the descriptor is this method's own, close-on-exec; the library writes to it and keeps nothing.
        try (Fd memory = Fd.own(MemFd.memfd_create("stowbook-seccomp", MemFd.MFD_CLOEXEC))) {
            check(seccomp.seccomp_export_bpf(context, memory.number()), "the export of the filter");
            return Files.readAllBytes(Path.of(memory.procPath()));
        } catch (LastErrorException e) {
            throw new SeccompException("memfd_create failed with " + Errno.name(e.getErrorCode()) + ".", e);
        } catch (IOException e) {
            throw new SeccompException("The compiled filter cannot be read back: " + e + ".", e);
        }
    }

    private static void check(int result, String what) throws SeccompException {
        if (result < 0) {
            throw new SeccompException("libseccomp refuses " + what + ": " + Errno.name(-result) + ".");
        }
    }
}
