package dev.stowbook.supervisor.build;

import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.layer.TarEntry;
import dev.stowbook.supervisor.image.Spool;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
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
    private static final Duration CONNECT = Duration.ofSeconds(20);
    private static final Duration WHOLE = Duration.ofMinutes(30);

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

    /** Fetches it. @param checksum {@code sha256:...} that it must have */
    static RemoteFile fetch(String url, Optional<String> checksum, Path tmp, Place place) throws IOException, BuildException {
        if (checksum.isPresent() && !checksum.get().matches("sha256:[0-9a-f]{64}")) {
            throw place.problem("--checksum is sha256: and 64 hex digits, not " + Place.quoted(checksum.get()));
        }
        Spool spool = Spool.open(tmp);
        boolean whole = false;
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT).followRedirects(HttpClient.Redirect.NORMAL).build()) {
            HttpResponse<InputStream> response =
                    client.send(HttpRequest.newBuilder(URI.create(url)).timeout(WHOLE).build(), HttpResponse.BodyHandlers.ofInputStream());
            MessageDigest sha256 = TarTree.sha256();
            try (InputStream body = response.body(); OutputStream out = new DigestOutputStream(spool.output(), sha256)) {
                if (response.statusCode() != 200) {
                    throw BuildException.invalid("ADD: " + url + " answered " + response.statusCode() + ": look at the address");
                }
                body.transferTo(out);
            }
            String digest = HexFormat.of().formatHex(sha256.digest());
            if (checksum.isPresent() && !checksum.get().equals("sha256:" + digest)) {
                throw BuildException.invalid("ADD: " + url + " has the digest sha256:" + digest + ", not " + checksum.get() + ": it is another file than you expect");
            }
            long modified = response.headers().firstValue("Last-Modified").map(RemoteFile::seconds).orElse(0L);
            whole = true;
            return new RemoteFile(spool, file(name(url, place), spool.size(), modified), digest);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BuildException(ErrorCode.UNAVAILABLE, "ADD: " + url + " was not fetched: the build was broken off", e);
        } catch (IOException | IllegalArgumentException e) {
            throw new BuildException(ErrorCode.UNAVAILABLE, "ADD: " + url + " cannot be fetched (" + e.getMessage()
                    + "): is this host offline? Put the file into the context instead", e);
        } finally {
            if (!whole) {
                spool.close();
            }
        }
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

    private static String name(String url, Place place) throws BuildException {
        String path = URI.create(url).getPath();
        String name = path == null ? "" : path.substring(path.lastIndexOf('/') + 1);
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            throw place.problem("ADD: " + Place.quoted(url) + " names no file: give one that ends with a name");
        }
        return name;
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
