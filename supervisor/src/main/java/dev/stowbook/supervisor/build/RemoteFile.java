package dev.stowbook.supervisor.build;

import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.layer.TarEntry;
import dev.stowbook.supervisor.image.Spool;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** A file that ADD fetches: a tree of one. It is not unpacked, whatever it is. */
final class RemoteFile implements FileTree, Closeable {
    private static final int MODE = 0600;

    private final Spool spool;
    private final TarEntry entry;
    private final String digest;

    private RemoteFile(Spool spool, TarEntry entry, String digest) {
        this.spool = spool;
        this.entry = entry;
        this.digest = digest;
    }

    static boolean isRemote(String source) {
        return source.regionMatches(true, 0, "http://", 0, 7) || source.regionMatches(true, 0, "https://", 0, 8);
    }

    /**
     * Fetches it.
     *
     * @param name what it is to be called
     * @param checksum {@code sha256:...} that it must have
     */
    static RemoteFile fetch(BuildHost host, URI url, String name, Optional<String> checksum, Path tmp) throws IOException, BuildException {
        Spool spool = Spool.open(tmp);
        boolean whole = false;
        try {
            MessageDigest sha256 = TarTree.sha256();
            BuildHost.Fetched answer = host.fetch(url, new DigestOutputStream(spool.output(), sha256));
            if (answer.status() != 200) {
                throw BuildException.invalid("ADD: " + url + " answered " + answer.status() + ": look at the address");
            }
            String digest = HexFormat.of().formatHex(sha256.digest());
            if (checksum.isPresent() && !checksum.get().equals("sha256:" + digest)) {
                throw BuildException.invalid("ADD: " + url + " has the digest sha256:" + digest + ", not " + checksum.get() + ": it is another file than you expect");
            }
            whole = true;
            return new RemoteFile(spool, file(name, spool.size(), answer.lastModified().map(RemoteFile::seconds).orElse(0L)), digest);
        } catch (IOException | IllegalArgumentException e) {
            throw new BuildException(ErrorCode.UNAVAILABLE, "ADD: " + url + " cannot be fetched (" + e.getMessage()
                    + "): is this host offline, or behind a proxy that the daemon's HTTP_PROXY and HTTPS_PROXY do not name? "
                    + "Otherwise put the file into the context", e);
        } finally {
            if (!whole) {
                spool.close();
            }
        }
    }

    /** An address, and what it must be held against. */
    static URI address(String url, Optional<String> checksum, Place place) throws BuildException {
        if (checksum.isPresent() && !checksum.get().matches("sha256:[0-9a-f]{64}")) {
            throw place.problem("--checksum is sha256: and 64 hex digits, not " + Place.quoted(checksum.get()));
        }
        try {
            URI address = new URI(url);
            if (address.getHost() != null) {
                return address;
            }
        } catch (URISyntaxException e) {
            // told below
        }
        throw place.problem("ADD: " + Place.quoted(url) + " is no address: write http://host/path or https://host/path, without spaces");
    }

    /** What the address calls it. @throws DockerfileException if it does not call it anything */
    static String name(URI url, Place place) throws BuildException {
        String path = url.getPath() == null ? "" : url.getPath();
        String name = path.substring(path.lastIndexOf('/') + 1);
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            throw place.problem("ADD: " + Place.quoted(url.toString()) + " names no file: give an address that ends with a name, "
                    + "or a destination that is no directory");
        }
        return name;
    }

    private static TarEntry file(String name, long size, long modified) {
        return new TarEntry(RawPath.ofText(name), TarEntry.Kind.FILE, MODE, 0, 0, size, modified, 0, "", 0, 0, new TreeMap<>());
    }

    private static long seconds(String date) {
        try {
            return ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toEpochSecond();
        } catch (DateTimeParseException e) {
            return 0; // a server that cannot tell the time; the file then has none
        }
    }

    /** Its name. */
    String name() {
        return entry.path();
    }

    @Override
    public Optional<TarEntry> find(String path) {
        return path.equals(entry.path()) ? Optional.of(entry) : new EmptyTree().find(path);
    }

    @Override
    public List<String> names(String directory) {
        return directory.isEmpty() ? List.of(entry.path()) : List.of();
    }

    @Override
    public InputStream open(String path) throws IOException {
        return spool.part(0, spool.size());
    }

    @Override
    public String digest(String path) {
        return digest;
    }

    @Override
    public void close() throws IOException {
        spool.close();
    }
}
