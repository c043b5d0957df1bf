package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.keeper.RootPlan.MountPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Paths that are hidden and paths that are made read-only: each of a list, with what is mounted below it. */
class MaskTest extends ContainersTest {

    private static RootPlan with(RootPlan r, List<MountPlan> mounts, List<String> masked, List<String> readOnly) {
        return new RootPlan(r.rootfs(), r.readOnly(), mounts, r.devices(), r.shmBytes(), masked, readOnly, r.sysctls());
    }

    @Test
    void eachOfManyPathsIsHiddenAndWhatIsMissingHoldsUpNobody() throws Exception {
        Path image = containers.image;
        for (String name : List.of("a", "b", "c", "d")) {
            Files.createDirectories(image.resolve("secret/" + name));
            Files.writeString(image.resolve("secret/" + name + "/inside"), "told");
            Files.writeString(image.resolve("secret/" + name + ".txt"), "told");
        }
        List<String> masked = List.of("/secret/a", "/secret/a.txt", "/secret/none", "/secret/b", "/secret/b.txt/below", "/secret/b.txt", "/secret/c.txt", "/secret/c",
                "/secret/d", "/secret/d.txt");
        Containers.Box box = containers.shell("cat /secret/*.txt; ls /secret/a /secret/b /secret/c /secret/d | grep -v :; touch /secret/a/x /secret/d/x; echo end")
                .root(r -> with(r, List.of(), masked, List.of()));
        assertEquals(0, box.run().code(), box.stderr());
        assertEquals("end", box.stdout().strip());
        assertEquals(2, box.stderr().lines().filter(line -> line.contains("Read-only file system")).count(), box.stderr());
    }

    @Test
    void aPathThatCannotBeLookedAtIsNoReasonToStartWithoutItsMask() throws Exception {
        Files.createSymbolicLink(containers.image.resolve("loop"), Path.of("/loop"));
        KeeperMessage.StartFailed failed = containers.shell("true").root(r -> with(r, List.of(), List.of("/loop/secret"), List.of())).start().failed();
        assertEquals("/loop/secret mask", failed.path() + " " + failed.step());
    }

    @Test
    void whatIsMountedBelowAReadOnlyPathIsReadOnlyToo() throws Exception {
        Files.createDirectories(containers.image.resolve("data"));
        Path volume = Files.createDirectory(containers.directory.resolve("volume"));
        Containers.Box box = containers.shell("touch /data/top; touch /data/volume/x; touch /data/memory/x; touch /beside && echo beside")
                .root(r -> with(r, List.of(new MountPlan.Bind(volume, "/data/volume", false, false), new MountPlan.Tmpfs("/data/memory", 1 << 20, 01777, false)),
                        List.of(), List.of("/none", "/data")));
        assertEquals(0, box.run().code(), box.stderr());
        assertEquals("beside\n", box.stdout());
        assertEquals(3, box.stderr().lines().filter(line -> line.contains("Read-only file system")).count(), box.stderr());
        try (var files = Files.list(volume)) {
            assertTrue(files.findAny().isEmpty(), "something was written to the volume");
        }
    }
}
