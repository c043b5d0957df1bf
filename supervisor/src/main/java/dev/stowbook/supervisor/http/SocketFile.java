package dev.stowbook.supervisor.http;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Optional;

/**
 * The file of a listening unix socket. It is bound in a directory that nobody else may enter, gets its owner and mode there, and is
 * then renamed into place: there is no moment at which a stranger could connect.
 */
final class SocketFile {
    private static final int LONGEST = 107; // sun_path of unix(7) without its zero
    private static final System.Logger LOG = System.getLogger(SocketFile.class.getName());

    private final Path path;
    private final Path nursery;

    SocketFile(Path path) throws IOException {
        this.path = path.toAbsolutePath();
        this.nursery = this.path.resolveSibling(".api");
        int length = this.path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > LONGEST) {
            throw new IOException("the socket's path " + path + " has " + length + " bytes, the kernel takes at most "
                    + LONGEST + ": choose a shorter run directory");
        }
    }

    /** Where to bind. @throws IOException if somebody listens on the path already */
    Path prepare() throws IOException {
        refuseLiving();
        Files.createDirectories(path.getParent());
        if (!Files.isDirectory(nursery, LinkOption.NOFOLLOW_LINKS)) {
            Files.deleteIfExists(nursery);
            Files.createDirectory(
                    nursery, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        Files.setPosixFilePermissions(nursery, PosixFilePermissions.fromString("rwx------"));
        Files.deleteIfExists(born());
        return born();
    }

    private Path born() {
        return nursery.resolve("s");
    }

    private void refuseLiving() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException nobodyListens) {
            return; // refused, or no socket: what a dead daemon left is replaced
        }
        throw new IOException("another daemon listens on " + path + ": end it, or choose another run directory");
    }

    /** Lets users connect: mode 0660, owned by the group if there is one. */
    void publish(Optional<String> group) throws IOException {
        Optional<GroupPrincipal> known = group.flatMap(this::lookUp);
        if (known.isPresent()) {
            Files.getFileAttributeView(born(), PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS).setGroup(known.get());
        }
        Files.setPosixFilePermissions(born(), PosixFilePermissions.fromString("rw-rw----"));
        Files.move(born(), path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(nursery);
    }

    private Optional<GroupPrincipal> lookUp(String name) {
        try {
            return Optional.of(path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(name));
        } catch (UserPrincipalNotFoundException e) {
            LOG.log(System.Logger.Level.INFO, "there is no group {0}: only root may use {1}", name, path);
            return Optional.empty();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "group " + name + " cannot be looked up: only root may use " + path, e);
            return Optional.empty();
        }
    }

    void remove() throws IOException {
        Files.deleteIfExists(path);
    }
}
