package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.seccomp.LibSeccomp;
import dev.stowbook.supervisor.policy.Capability;
import dev.stowbook.supervisor.policy.DefaultContainer;
import dev.stowbook.supervisor.policy.SeccompProfiles;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The whole of a default container: capabilities, filter, masks and limits together, as root and as a plain user. */
class DefaultProfileTest extends ContainersTest {

    @Test
    void theDefaultContainerRunsAsRootAndAsAPlainUserWithAndWithoutNoNewPrivileges() throws Exception {
        byte[] filter = SeccompProfiles.builtIn(LibSeccomp.load()).filterFor(DefaultContainer.CAPABILITIES);
        long mask = Capability.mask(DefaultContainer.CAPABILITIES);
        for (boolean noNewPrivileges : List.of(false, true)) {
            for (String user : List.of("", "alice", "4242:77")) {
                for (boolean readOnly : List.of(false, true)) {
                    Containers.Box box = containers
                            .shell("grep -E '^(Seccomp|NoNewPrivs|CapBnd):' /proc/self/status; mount -t tmpfs x /tmp 2>&1; echo ok > /dev/shm/x && cat /dev/shm/x")
                            .root(r -> new RootPlan(r.rootfs(), readOnly, List.of(), List.of(), r.shmBytes(),
                                    DefaultContainer.maskedPaths(2), DefaultContainer.READ_ONLY_PATHS, r.sysctls()))
                            .process(p -> new ProcessPlan(p.argv(), p.env(), "/", user, List.of(), false, Optional.empty(), false))
                            .privileges(p -> new PrivilegePlan(mask, mask, noNewPrivileges, Optional.of(filter),
                                    List.of(new PrivilegePlan.ResourceLimit(PrivilegePlan.ResourceLimit.NOFILE, 1024, 524_288)), 0));
                    assertEquals(0, box.run().code(), box.stderr());
                    assertTrue(box.stdout().contains("NoNewPrivs:\t" + (noNewPrivileges ? 1 : 0)), box.stdout());
                    assertTrue(box.stdout().contains("Seccomp:\t2") && box.stdout().contains("CapBnd:\t00000000a80425fb"), box.stdout());
                    assertTrue(box.stdout().contains("permission denied"), box.stdout());
                    assertTrue(box.stdout().endsWith("ok\n"), box.stdout());
                }
            }
        }
    }
}
