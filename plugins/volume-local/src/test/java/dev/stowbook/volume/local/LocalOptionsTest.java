package dev.stowbook.volume.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.linux.mount.MountInfo;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.volume.CreateVolumeRequest;
import dev.stowbook.spi.volume.MountedVolume;
import dev.stowbook.spi.volume.VolumeDriver;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.volume.VolumeDriverFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the options of the driver {@code local} come to, read from mountinfo and the files themselves. */
@RequiresRoot("what volumes stand for is mounted by root alone")
class LocalOptionsTest extends VolumeDriverFixture {
    private VolumeDriver driver;

    @Override
    protected VolumeDriver open(FileCalls files, MountCalls mounts, Path privateDirectory, Path runDirectory) throws DriverException {
        return LocalVolumeDriver.open(files, mounts, privateDirectory, runDirectory);
    }

    @BeforeEach
    void openDriver() throws Exception {
        driver = open();
    }

    @AfterEach
    void closeDriver() throws Exception {
        driver.unmount(use(DATA, USER));
        driver.remove(target(DATA));
        driver.close();
    }

    private void create(Map<String, String> options, OptionalLong quota) throws DriverException {
        driver.create(new CreateVolumeRequest(DATA, new TreeMap<>(options), quota, "1"));
    }

    @Test
    void tmpfsIsMountedWithItsFirstUserAndGoesWithItsLast() throws Exception {
        create(Map.of("type", "tmpfs", "device", "stowbook-test", "o", "size=1m,mode=0751,noexec"), OptionalLong.empty());
        assertEquals(List.of(), ownMounts());
        MountedVolume mounted = driver.mount(use(DATA, USER));
        driver.mount(use(DATA, SECOND_USER));
        MountInfo info = ownMounts().getFirst();
        assertEquals(1, ownMounts().size());
        assertEquals(mounted.source().toString(), info.target());
        assertEquals("stowbook-test", info.source());
        assertTrue(info.options().containsAll(List.of("rw", "nosuid", "nodev", "noexec")), info::toString);
        assertEquals("1024k", info.superOption("size").orElseThrow());
        assertEquals("rwxr-x--x", java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(mounted.source())));
        assertThrows(IOException.class, () -> Files.write(mounted.source().resolve("big"), new byte[2 << 20]));
        driver.unmount(use(DATA, USER));
        assertEquals(1, ownMounts().size());
        driver.unmount(use(DATA, SECOND_USER));
        assertEquals(List.of(), ownMounts());
    }

    @Test
    void aTmpfsKeepsASizeThatIsAskedFor() throws Exception {
        create(Map.of("type", "tmpfs"), OptionalLong.of(1 << 20));
        Path source = driver.mount(use(DATA, USER)).source();
        assertEquals("1024k", ownMounts().getFirst().superOption("size").orElseThrow());
        assertThrows(IOException.class, () -> Files.write(source.resolve("big"), new byte[2 << 20]));
    }

    @Test
    void aBoundDirectoryIsTheHostsAndStaysWhenTheVolumeGoes() throws Exception {
        Path there = Files.createDirectory(scratch.resolve("there"));
        Files.writeString(there.resolve("mine"), "mine");
        create(Map.of("type", "none", "o", "bind,ro", "device", there.toString()), OptionalLong.empty());
        assertEquals(new MountedVolume(there, true), driver.mount(use(DATA, USER)));
        driver.unmount(use(DATA, USER));
        driver.remove(target(DATA));
        assertEquals("mine", Files.readString(there.resolve("mine")));
    }

    @Test
    void aBoundDirectoryThatIsMissingIsNamed() throws Exception {
        Path nowhere = scratch.resolve("nowhere");
        create(Map.of("o", "bind", "device", nowhere.toString()), OptionalLong.empty());
        DriverException e = assertThrows(DriverException.class, () -> driver.mount(use(DATA, USER)));
        assertEquals(DriverErrorCode.NOT_FOUND, e.code());
        assertTrue(e.getMessage().contains(nowhere.toString()), e.getMessage());
        assertFalse(Files.exists(nowhere, LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void whatTheKernelRefusesIsToldInItsWords() throws Exception {
        create(Map.of("type", "tmpfs", "o", "colour=blue"), OptionalLong.empty());
        DriverException e = assertThrows(DriverException.class, () -> driver.mount(use(DATA, USER)));
        assertEquals(DriverErrorCode.UNAVAILABLE, e.code());
        assertTrue(e.getMessage().contains("colour"), e.getMessage());
        assertEquals(List.of(), ownMounts());
    }

    @Test
    void aPlainVolumesRootHasTheModeThatIsAskedFor() throws Exception {
        create(Map.of("mode", "1777"), OptionalLong.empty());
        Path source = driver.mount(use(DATA, USER)).source();
        assertEquals(01777, (int) Files.getAttribute(source, "unix:mode") & 07777);
    }

    @Test
    void optionsThatContradictEachOtherAreRefused() {
        List<Map<String, String>> wrong = List.of(
                Map.of("device", "/srv"),
                Map.of("o", "size=1m"),
                Map.of("type", "nfs"),
                Map.of("type", "../x", "device", "y"),
                Map.of("o", "bind"),
                Map.of("o", "bind", "device", "srv"),
                Map.of("o", "bind", "device", "/srv/../etc"),
                Map.of("o", "bind,size=1m", "device", "/srv"),
                Map.of("o", "bind", "type", "ext4", "device", "/srv"),
                Map.of("mode", "rwx"),
                Map.of("mode", "0755", "type", "tmpfs"),
                Map.of("type", "tmpfs", "device", "a\nb"),
                Map.of("type", ""));
        for (Map<String, String> options : wrong) {
            assertEquals(DriverErrorCode.INVALID, failure(() -> create(options, OptionalLong.empty())), options.toString());
        }
        assertEquals(DriverErrorCode.UNSUPPORTED, failure(() -> create(Map.of("type", "tmpfs", "o", "size=1m"), OptionalLong.of(1))));
        assertEquals(DriverErrorCode.UNSUPPORTED, failure(() -> create(Map.of("o", "bind", "device", "/srv"), OptionalLong.of(1))));
    }
}
