package dev.stowbook.supervisor.keeper;

import java.util.List;
import java.util.Optional;

/**
 * What is executed.
 *
 * @param argv the program and its arguments; a program without {@code /} is looked up in the environment's PATH
 * @param env {@code NAME=value}; HOME is added from the image's /etc/passwd if it is missing
 * @param cwd absolute; made if the image lacks it
 * @param user {@code user[:group]}, names or numbers, as an image's config has it; empty for root
 * @param extraGroups supplementary groups beside those of /etc/group
 * @param stdin whether standard input is open; otherwise it is /dev/null
 * @param stdinOnce whether it ends with the first reader that could write to it
 * @param terminal a terminal of this size instead of pipes
 * @param init whether an init of ours is the first process, and this its child
 * @param refusesRoot whether a user that turns out to be 0 is not started
 * @param waits HOLD: the process is prepared but executed only at {@link KeeperConnection#start()}
 */
public record ProcessPlan(
        List<String> argv,
        List<String> env,
        String cwd,
        String user,
        List<Integer> extraGroups,
        boolean stdin,
        boolean stdinOnce,
        Optional<TerminalSize> terminal,
        boolean init,
        boolean refusesRoot,
        boolean waits) {
    public ProcessPlan {
        argv = List.copyOf(argv);
        env = List.copyOf(env);
        extraGroups = List.copyOf(extraGroups);
        if (argv.isEmpty()) {
            throw new IllegalArgumentException("a process needs at least the name of its program");
        }
    }

    /** Without init, as whoever it is. */
    public ProcessPlan(
            List<String> argv,
            List<String> env,
            String cwd,
            String user,
            List<Integer> extraGroups,
            boolean stdin,
            Optional<TerminalSize> terminal,
            boolean waits) {
        this(argv, env, cwd, user, extraGroups, stdin, false, terminal, false, false, waits);
    }

    /** Root in {@code /}, no input, pipes for output. */
    public static ProcessPlan of(String... argv) {
        return new ProcessPlan(
                List.of(argv),
                List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
                "/",
                "",
                List.of(),
                false,
                Optional.empty(),
                false);
    }

    /** Environment values may be secrets. */
    @Override
    public String toString() {
        return "ProcessPlan[argv=" + argv + ", cwd=" + cwd + ", user=" + user + ", terminal=" + terminal + "]";
    }

    /**
     * A terminal's size.
     *
     * @param rows lines
     * @param columns characters in a line
     */
    public record TerminalSize(int rows, int columns) {}
}
