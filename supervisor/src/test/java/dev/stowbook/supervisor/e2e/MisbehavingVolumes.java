package dev.stowbook.supervisor.e2e;

import dev.stowbook.supervisor.driver.PluginZips;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Plugins with volume drivers that misbehave, and what they note of the calls they get. */
record MisbehavingVolumes(Path root) {
    /** What each does instead of mounting, and instead of opening. */
    private enum Kind {
        HANGING("waitFor(gate);", ""),
        THROWING("if (true) throw new IllegalStateException(\"a bolt broke\");", ""),
        LYING("if (true) return new MountedVolume(Path.of(\"/nonexistent/stowbook-test-lie\"), false);", ""),
        STUCK("", "waitFor(gate);");

        private final String mount;
        private final String open;

        Kind(String mount, String open) {
            this.mount = mount;
            this.open = open;
        }

        String driver() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    private static final String SOURCE = """
            package example;
            import dev.stowbook.spi.*;
            import dev.stowbook.spi.volume.*;
            import java.io.*;
            import java.nio.file.*;
            import java.util.*;
            @org.pf4j.Extension
            public class P implements VolumeDriverProvider {
                public String name() { return "NAME"; }
                public int spiLevel() { return 1; }
                public Set<VolumeCapability> capabilities() { return Set.of(); }
                public Health probe() { return new Health(true, "fine"); }
                static void waitFor(Path gate) {
                    while (!Files.exists(gate)) {
                        try { Thread.sleep(20); } catch (InterruptedException e) { /* it is a bad driver */ }
                    }
                }
                public VolumeDriver open(DriverContext context) {
                    Path home = context.privateDirectory();
                    Path gate = home.resolve("gate");
                    OPEN
                    return new VolumeDriver() {
                        void note(String call) {
                            try {
                                Files.writeString(home.resolve("calls"), call + "\\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        }
                        Path place(String volume) { return home.resolve("v-" + volume); }
                        public void create(CreateVolumeRequest request) {
                            note("create " + request.volume());
                            place(request.volume()).toFile().mkdir();
                        }
                        public MountedVolume mount(MountVolumeRequest request) {
                            note("mount " + request.volume());
                            MOUNT
                            note("mounted " + request.volume());
                            return new MountedVolume(place(request.volume()), false);
                        }
                        public void unmount(MountVolumeRequest request) { note("unmount " + request.volume()); }
                        public void remove(VolumeTarget target) {
                            note("remove " + target.volume());
                            place(target.volume()).toFile().delete();
                        }
                        public Inspection inspect(VolumeTarget target) {
                            note("inspect " + target.volume());
                            return new Inspection(Presence.PRESENT, "of course");
                        }
                        public List<VolumeEntry> list() { return List.of(); }
                        public void close() {}
                    };
                }
            }
            """;

    /** Makes all plugins below the root that a daemon will have. @return the configuration that lets it load them, with deadlines */
    static String install(Path work, Path root) throws IOException {
        PluginZips zips = new PluginZips(Files.createDirectories(work));
        Path plugins = Files.createDirectories(root.resolve("plugins"));
        StringBuilder digests = new StringBuilder();
        for (Kind kind : Kind.values()) {
            String source = SOURCE.replace("NAME", kind.driver()).replace("MOUNT", kind.mount).replace("OPEN", kind.open);
            Path zip = zips.zip(plugins, kind.driver() + ".zip", kind.driver(), "1.0.0", "P", source);
            digests.append("  ").append(zip.getFileName()).append(": ").append(PluginZips.sha256(zip)).append('\n');
        }
        return "drivers: {deadlines: {hanging: 2s, stuck: 8s}}\nplugins:\n" + digests;
    }

    /** The calls of a driver so far, in order. */
    List<String> calls(String driver) throws IOException {
        Path calls = home(driver).resolve("calls");
        return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
    }

    /** From now on a driver that hangs goes on; one that was never opened has nothing to go on with. */
    void release(String driver) throws IOException {
        Path gate = home(driver).resolve("gate");
        if (Files.isDirectory(home(driver)) && !Files.exists(gate)) {
            Files.createFile(gate);
        }
    }

    /** From now on it hangs again. */
    void hold(String driver) throws IOException {
        Files.deleteIfExists(home(driver).resolve("gate"));
    }

    private Path home(String driver) {
        return root.resolve("volumes").resolve(driver);
    }
}
