package dev.stowbook.testkit.guest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** What a {@link Guest} can boot. Any thread. */
public enum GuestKernel {
    /**
     * User Mode Linux (Debian package {@code user-mode-linux}, kernel 6.1): up in two seconds. No cpuset, no PSI, one processor.
     */
    UML("uml", "linux.uml", "install the Debian package user-mode-linux (amd64)"),
    /** Debian's own kernel in qemu without acceleration: has all that a distribution's kernel has, and takes half a minute to boot. */
    QEMU("qemu", "qemu-system-x86_64", "install the Debian package qemu-system-x86");

    private final String option;
    private final String program;
    private final String remedy;

    GuestKernel(String option, String program, String remedy) {
        this.option = option;
        this.program = program;
        this.remedy = remedy;
    }

    /** How {@code bin/uml --kernel} calls it. */
    String option() {
        return option;
    }

    /** Why this host cannot boot it, and what to do about that; empty if it can. */
    public Optional<String> lack() {
        boolean there = Stream.of(System.getenv().getOrDefault("PATH", "/usr/bin").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
        return there ? Optional.empty() : Optional.of("there is no " + program + ": " + remedy);
    }
}
