package dev.stowbook.testkit.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.volume.CreateVolumeRequest;
import dev.stowbook.spi.volume.MountedVolume;
import dev.stowbook.spi.volume.VolumeCapability;
import dev.stowbook.spi.volume.VolumeDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every volume driver does, wherever it keeps its volumes. Extend it, say how to open the driver, run as root. Content is written and read
 * back through the path that {@code mount} answers, as containers would.
 */
public abstract class VolumeDriverContract extends VolumeDriverFixture {
    /** What a new driver instance opened last. */
    protected VolumeDriver driver;

    @BeforeEach
    void openDriver() throws Exception {
        driver = open();
    }

    @AfterEach
    void removeVolumes() throws Exception {
        for (var entry : driver.list()) {
            driver.unmount(use(entry.volume(), USER));
            driver.unmount(use(entry.volume(), SECOND_USER));
            driver.remove(target(entry.volume()));
        }
        driver.close();
    }

    private List<String> listed() throws DriverException {
        return driver.list().stream().map(entry -> entry.volume() + " " + entry.presence()).toList();
    }

    @Test
    void aVolumeLivesFromCreateToRemove() throws Exception {
        assertEquals(Presence.ABSENT, presence(driver, DATA));
        driver.create(creation(DATA));
        assertEquals(Presence.PRESENT, presence(driver, DATA));
        MountedVolume mounted = driver.mount(use(DATA, USER));
        assertTrue(mounted.source().isAbsolute() && Files.isDirectory(mounted.source()), mounted::toString);
        Files.writeString(mounted.source().resolve("kept"), "written");
        assertEquals("written", Files.readString(mounted.source().resolve("kept")));
        assertEquals(List.of(DATA + " PRESENT"), listed());
        driver.unmount(use(DATA, USER));
        driver.remove(target(DATA));
        assertEquals(Presence.ABSENT, presence(driver, DATA));
        assertEquals(List.of(), listed());
        assertFalse(Files.exists(mounted.source().resolve("kept")), "what was in it is gone");
    }

    @Test
    void everyVerbAnswersTheSecondTimeAsTheFirst() throws Exception {
        driver.create(creation(DATA));
        MountedVolume mounted = driver.mount(use(DATA, USER));
        Files.writeString(mounted.source().resolve("kept"), "written");
        driver.create(creation(DATA));
        assertEquals(mounted, driver.mount(use(DATA, USER)));
        assertEquals("written", Files.readString(mounted.source().resolve("kept")), "create left what was there");
        driver.unmount(use(DATA, USER));
        driver.unmount(use(DATA, USER));
        driver.remove(target(DATA));
        driver.remove(target(DATA));
        driver.unmount(use(DATA, USER));
        assertEquals(List.of(), listed());
    }

    @Test
    void aVolumeMadeAnewUnderAnOldNameIsEmpty() throws Exception {
        driver.create(creation(DATA));
        Files.writeString(driver.mount(use(DATA, USER)).source().resolve("old"), "old");
        driver.unmount(use(DATA, USER));
        driver.remove(target(DATA));
        driver.create(creation(DATA));
        try (var names = Files.list(driver.mount(use(DATA, USER)).source())) {
            assertEquals(List.of(), names.toList());
        }
    }

    @Test
    void aVolumeWithAUserIsNotRemoved() throws Exception {
        driver.create(creation(DATA));
        MountedVolume first = driver.mount(use(DATA, USER));
        MountedVolume second = driver.mount(use(DATA, SECOND_USER));
        Files.writeString(first.source().resolve("shared"), "by both");
        assertEquals("by both", Files.readString(second.source().resolve("shared")));
        DriverException e = assertThrows(DriverException.class, () -> driver.remove(target(DATA)));
        assertEquals(DriverErrorCode.BUSY, e.code());
        assertTrue(e.getMessage().contains(USER), e.getMessage());
        driver.unmount(use(DATA, USER));
        assertEquals(DriverErrorCode.BUSY, failure(() -> driver.remove(target(DATA))));
        assertEquals("by both", Files.readString(second.source().resolve("shared")), "the other user still has it");
        driver.unmount(use(DATA, SECOND_USER));
        driver.remove(target(DATA));
    }

    @Test
    void aNewInstanceFindsEverything() throws Exception {
        driver.create(creation(DATA));
        driver.create(creation(OTHER));
        MountedVolume mounted = driver.mount(use(DATA, USER));
        Files.writeString(mounted.source().resolve("kept"), "written");
        driver.close();
        assertEquals("written", Files.readString(mounted.source().resolve("kept")), "closing takes nothing from users");
        driver = open();
        assertEquals(List.of(DATA + " PRESENT", OTHER + " PRESENT"), listed());
        assertEquals(DriverErrorCode.BUSY, failure(() -> driver.remove(target(DATA))));
        assertEquals(mounted, driver.mount(use(DATA, USER)));
        driver.unmount(use(DATA, USER));
        driver.remove(target(DATA));
        assertEquals(Presence.ABSENT, presence(driver, DATA));
    }

    @Test
    void missingVolumesAreNamed() throws Exception {
        DriverException e = assertThrows(DriverException.class, () -> driver.mount(use(OTHER, USER)));
        assertEquals(DriverErrorCode.NOT_FOUND, e.code());
        assertTrue(e.getMessage().contains(OTHER), e.getMessage());
        driver.unmount(use(OTHER, USER));
        driver.remove(target(OTHER));
        assertEquals(List.of(), listed());
    }

    @Test
    void namesAndUsersThatAreNoneAreRefused() throws Exception {
        for (String name : List.of("", ".", "..", "../x", "a/b", ".new-a", "-a", "_a", "a b", "a\0", "a\n", "é", "x".repeat(129))) {
            assertEquals(DriverErrorCode.INVALID, failure(() -> driver.create(creation(name))), name);
            assertEquals(DriverErrorCode.INVALID, failure(() -> driver.mount(use(name, USER))), name);
            assertEquals(DriverErrorCode.INVALID, failure(() -> driver.remove(target(name))), name);
            assertEquals(DriverErrorCode.INVALID, failure(() -> driver.inspect(target(name))), name);
        }
        driver.create(creation(DATA));
        for (String user : List.of("", "..", "a/b", "x", "A0", "0".repeat(65))) {
            assertEquals(DriverErrorCode.INVALID, failure(() -> driver.mount(use(DATA, user))), user);
        }
        driver.create(creation("x".repeat(128)));
        assertEquals(List.of(DATA + " PRESENT", "x".repeat(128) + " PRESENT"), listed());
    }

    @Test
    void unknownOptionsAreRefusedByNameAndOtherOptionsAreNotTakenForTheSame() throws Exception {
        TreeMap<String, String> strange = new TreeMap<>(options());
        strange.put("no-such-option", "1");
        CreateVolumeRequest request = new CreateVolumeRequest(DATA, strange, OptionalLong.empty(), "1");
        DriverException e = assertThrows(DriverException.class, () -> driver.create(request));
        assertEquals(DriverErrorCode.INVALID, e.code());
        assertTrue(e.getMessage().contains("no-such-option"), e.getMessage());
        assertEquals(Presence.ABSENT, presence(driver, DATA));
        driver.create(creation(DATA));
        assertEquals(DriverErrorCode.INVALID, failure(() -> driver.create(request)));
        assertEquals(Presence.PRESENT, presence(driver, DATA));
    }

    @Test
    void aQuotaIsKeptOrRefusedByName() throws Exception {
        CreateVolumeRequest request = new CreateVolumeRequest(DATA, options(), OptionalLong.of(1 << 20), "1");
        if (!capabilities().contains(VolumeCapability.QUOTA)) {
            assertEquals(DriverErrorCode.UNSUPPORTED, failure(() -> driver.create(request)));
            assertEquals(Presence.ABSENT, presence(driver, DATA));
            return;
        }
        driver.create(request);
        Path source = driver.mount(use(DATA, USER)).source();
        Files.write(source.resolve("fits"), new byte[500_000]);
        assertThrows(IOException.class, () -> Files.write(source.resolve("too-much"), new byte[2_000_000]));
    }

    @Test
    void somebodyElsesThingInTheWayIsForeignAndUntouched() throws Exception {
        Files.writeString(home.resolve(OTHER), "no volume");
        Files.createDirectories(home.resolve(DATA).resolve("photos"));
        for (String name : List.of(OTHER, DATA)) {
            assertEquals(Presence.FOREIGN, presence(driver, name));
            assertEquals(DriverErrorCode.FOREIGN, failure(() -> driver.create(creation(name))));
            assertEquals(DriverErrorCode.FOREIGN, failure(() -> driver.remove(target(name))));
        }
        assertEquals(List.of(), listed());
        assertEquals("no volume", Files.readString(home.resolve(OTHER)));
        assertTrue(Files.isDirectory(home.resolve(DATA).resolve("photos")));
    }

    @Test
    void removingFollowsNoLinkThatAContainerPut() throws Exception {
        Path outside = Files.createDirectory(scratch.resolve("outside"));
        Files.writeString(outside.resolve("precious"), "kept");
        driver.create(creation(DATA));
        Path source = driver.mount(use(DATA, USER)).source();
        Files.createSymbolicLink(source.resolve("file"), outside.resolve("precious"));
        Files.createSymbolicLink(source.resolve("directory"), outside);
        Files.createDirectories(source.resolve("a/b/c"));
        Files.createSymbolicLink(source.resolve("a/b/c/up"), Path.of("../../../../../../../.."));
        driver.unmount(use(DATA, USER));
        driver.remove(target(DATA));
        assertEquals("kept", Files.readString(outside.resolve("precious")));
        assertEquals(Presence.ABSENT, presence(driver, DATA));
    }

    @Test
    void aFullDiskIsSaidToBeFull() throws Exception {
        driver.close();
        MountCalls mounts = MountCalls.linux();
        try (Fd context = mounts.openFileSystem("tmpfs")) {
            mounts.configure(context, "nr_inodes", "2");
            mounts.create(context);
            try (Fd mount = mounts.mount(context, 0)) {
                mounts.attach(mount, home.toString());
            }
        }
        driver = open();
        assertEquals(DriverErrorCode.NO_SPACE, failure(() -> driver.create(creation(DATA))));
        driver.remove(target(DATA));
        driver.close();
        mounts.unmount(home.toString(), MountCalls.MNT_DETACH);
        driver = open();
    }

    @Test
    void volumesAreMadeUsedAndRemovedSideBySide() throws Exception {
        try (var pool = Executors.newFixedThreadPool(8)) {
            List<Callable<String>> lives = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String name = DATA + "-" + i;
                lives.add(() -> {
                    driver.create(creation(name));
                    Path source = driver.mount(use(name, USER)).source();
                    Files.writeString(source.resolve("name"), name);
                    String read = Files.readString(source.resolve("name"));
                    driver.unmount(use(name, USER));
                    driver.remove(target(name));
                    return read;
                });
            }
            List<String> read = new ArrayList<>();
            for (var life : pool.invokeAll(lives)) {
                read.add(life.get());
            }
            assertEquals(40, read.stream().distinct().count());
        }
        assertEquals(List.of(), listed());
        try (var left = Files.list(home)) {
            assertEquals(List.of(), left.toList());
        }
    }
}
