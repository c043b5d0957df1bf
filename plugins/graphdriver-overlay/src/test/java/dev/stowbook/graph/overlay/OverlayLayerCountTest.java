package dev.stowbook.graph.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.linux.mount.MountInfo;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.TarBytes;
import dev.stowbook.testkit.graph.Views;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As many layers as overlay merges, by the calls of this kernel and by those of kernels before 6.7. */
@RequiresRoot("an overlay is mounted, and its marks are set, by root alone")
class OverlayLayerCountTest {
    private static final int MOST = 500;

    @TempDir
    Path scratch;

    private int byOptions;

    /** What a kernel before 6.7 offers: this one's calls, but no {@code lowerdir+}. */
    private MountCalls before67() {
        return (MountCalls) Proxy.newProxyInstance(
                MountCalls.class.getClassLoader(), new Class<?>[] {MountCalls.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("configure") && "lowerdir+".equals(arguments[1])) {
                        throw new LinuxException(Errno.EINVAL, "fsconfig", "lowerdir+");
                    }
                    byOptions += method.getName().equals("mountByOptions") ? 1 : 0;
                    try {
                        return method.invoke(MountCalls.linux(), arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static String id(int number) {
        return String.format("%064x", number);
    }

    private static void stack(Layers layers, int count) throws Exception {
        for (int i = 1; i <= count; i++) {
            layers.apply(id(i), Optional.of(id(i - 1)).filter(parent -> !parent.equals(id(0))),
                    new TarBytes().directory("layers/", 0755).file("layers/" + i, 0644, "" + i).file("last", 0644, "" + i));
        }
    }

    private static void assertMerged(Layers layers, String id, int count) throws Exception {
        try (Views view = Views.open(layers.driver, id)) {
            assertEquals("" + count, Files.readString(view.path("last")));
            try (var names = Files.list(view.path("layers"))) {
                assertEquals(count, names.count());
            }
            assertEquals("1", Files.readString(view.path("layers/1")));
        }
    }

    @Test
    void fiveHundredLayersAreMergedAndOneMoreIsRefusedByName() throws Exception {
        try (Layers layers = new Layers(scratch, MountCalls.linux())) {
            stack(layers, MOST);
            layers.prepare("ab", id(MOST));
            assertMerged(layers, id(MOST), MOST);
            assertMerged(layers, "ab", MOST);
            DriverException e = assertThrows(DriverException.class, () -> layers.apply("cd", Optional.of(id(MOST)), new TarBytes()));
            assertEquals(DriverErrorCode.UNSUPPORTED, e.code());
            assertTrue(e.getMessage().contains("more than 500 layers"), e.getMessage());
        }
    }

    @Test
    void aKernelBefore67MergesAsManyByItsPageOfOptions() throws Exception {
        try (Layers layers = new Layers(scratch, before67())) {
            stack(layers, MOST);
            layers.prepare("ab", id(MOST));
            assertMerged(layers, id(MOST), MOST);
            assertMerged(layers, "ab", MOST);
            layers.prepare("cd", id(3)); // few enough for full names
            assertMerged(layers, "cd", 3);
            try (Views view = Views.open(layers.driver, "cd")) {
                Files.writeString(view.path("written"), "w");
            }
            assertTrue(Files.exists(layers.home.resolve("cd/diff/written")));
            DriverException e = assertThrows(DriverException.class, () -> {
                try (Views view = Views.open(layers.driver, id(3))) {
                    Files.writeString(view.path("written"), "w");
                } catch (java.io.IOException refused) {
                    throw new DriverException(DriverErrorCode.DENIED, 0, "write", "", String.valueOf(refused.getMessage()));
                }
            });
            assertTrue(e.getMessage().contains("Read-only file system"), e.getMessage());
            assertEquals(5, byOptions);
        }
        assertTrue(MountInfo.ofSelf().stream().noneMatch(line -> line.toString().contains(scratch.toString())));
    }
}
