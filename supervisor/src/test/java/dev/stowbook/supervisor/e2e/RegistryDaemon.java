package dev.stowbook.supervisor.e2e;

import dev.stowbook.supervisor.registry.DockerRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A daemon beside registries on the loopback, and images that others made for them. */
record RegistryDaemon(DaemonProcess daemon, Path directory) {

    /** @param registries lines of the section {@code registries} */
    static RegistryDaemon start(Path directory, String... registries) throws Exception {
        Files.writeString(directory.resolve("config.yaml"), "registries:\n" + String.join("\n", List.of(registries).stream().map(line -> "  " + line).toList()) + "\n");
        return new RegistryDaemon(DaemonProcess.start(directory), directory);
    }

    Rest rest() {
        return daemon.rest();
    }

    Path config() {
        return directory.resolve("config.yaml");
    }

    /** An OCI layout with the tag {@code app}: busybox, and a layer more for each text, at {@code /textN}. */
    Path layout(String... texts) throws Exception {
        Path work = Files.createTempDirectory(directory, "make-");
        Path rootfs = Files.createDirectory(work.resolve("rootfs"));
        Path tar = work.resolve("busybox.tar");
        Files.write(tar, BusyboxTar.bytes());
        DockerRegistry.run("tar", "-xf", tar.toString(), "-C", rootfs.toString());
        Path layout = work.resolve("layout");
        DockerRegistry.run("umoci", "init", "--layout", layout.toString());
        DockerRegistry.run("umoci", "new", "--image", layout + ":app");
        DockerRegistry.run("umoci", "insert", "--image", layout + ":app", rootfs.toString(), "/");
        for (int i = 0; i < texts.length; i++) {
            Path file = work.resolve("text" + i);
            Files.writeString(file, texts[i]);
            DockerRegistry.run("umoci", "insert", "--image", layout + ":app", file.toString(), "/text" + i);
        }
        DockerRegistry.run("umoci", "config", "--image", layout + ":app", "--config.cmd", "/bin/sh", "--config.env", "FROM=umoci");
        return layout;
    }

    /** Has skopeo bring it to a registry. */
    static void push(Path layout, String reference, String... options) throws Exception {
        List<String> command = Stream.concat(
                        Stream.of("skopeo", "copy", "-q", "--dest-tls-verify=false"),
                        Stream.concat(Stream.of(options), Stream.of("oci:" + layout + ":app", "docker://" + reference)))
                .toList();
        DockerRegistry.run(command.toArray(new String[0]));
    }

    /** What the store has on disk, of image and driver: names of files and directories that a refused pull must not leave behind. */
    List<String> content() throws IOException {
        Path store = daemon.root().resolve("image");
        try (Stream<Path> all = Files.walk(store)) {
            return all.map(path -> store.relativize(path).toString())
                    .filter(name -> name.matches(".*/sha256/[0-9a-f]{64}"))
                    .sorted()
                    .toList();
        }
    }

    /** What lies in the directory for what is on its way, also without a name: descriptors of the daemon's. */
    List<String> spools() throws IOException {
        Path tmp = daemon.root().resolve("tmp");
        try (Stream<Path> named = Files.list(tmp);
                Stream<Path> open = Files.list(Path.of("/proc/" + daemon.pid() + "/fd"))) {
            return Stream.concat(named.map(Path::toString), open.map(RegistryDaemon::target).filter(name -> name.startsWith(tmp.toString()))).toList();
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // closed meanwhile
        }
    }
}
