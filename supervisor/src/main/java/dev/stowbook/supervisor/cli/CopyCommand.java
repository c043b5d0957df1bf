package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** {@code cp}: files into a container and out of it. What ends up where is decided as cp(1) would, but for a missing directory: it is made. */
final class CopyCommand {
    private final Session session;
    private final boolean archive;
    private final boolean follow;

    /** {@code NAME:PATH}, or a path here with an empty name. */
    private record Place(String container, String path) {
        static Place parse(String word) {
            int colon = word.indexOf(':');
            boolean local = colon <= 0 || word.startsWith("/") || word.startsWith(".");
            Place place = local ? new Place("", word) : new Place(word.substring(0, colon), word.substring(colon + 1));
            if (place.path().isEmpty()) {
                throw Failure.usage("'" + word + "' names no path" + (local ? "." : ": write " + word + "/ for the root directory."));
            }
            return place;
        }

        boolean local() {
            return container.isEmpty();
        }

        boolean standard() {
            return local() && path.equals("-");
        }

        /** Whether the contents of a directory are meant, not the directory. */
        boolean contents() {
            return path.equals(".") || path.endsWith("/.");
        }

        String target() {
            return "/v1/containers/" + Api.encode(container) + "/archive";
        }
    }

    private CopyCommand(Session session) {
        this.session = session;
        this.archive = session.arguments().has("archive");
        this.follow = session.arguments().has("follow-link");
    }

    static int run(Session session) throws IOException {
        Place source = Place.parse(session.arguments().operand(0));
        Place target = Place.parse(session.arguments().operand(1));
        if (source.local() == target.local()) {
            throw Failure.usage(source.local()
                    ? "one of the two is in a container: write it as NAME:PATH."
                    : "one of the two is a path here: from container to container takes two copies, or 'stowbook cp A:PATH - | stowbook cp - B:PATH'.");
        }
        CopyCommand command = new CopyCommand(session);
        return source.local() ? command.in(source, target) : command.out(source, target);
    }

    private int in(Place source, Place target) throws IOException {
        if (source.standard()) {
            return put(target, target.path(), RequestBodies.of(session.environment()::in));
        }
        Path named = Path.of(source.path());
        if (!Files.exists(named, LinkOption.NOFOLLOW_LINKS)) {
            throw new Failure(ExitCode.FAILURE, "there is no '" + source.path() + "' here.");
        }
        boolean throughLink = follow || source.path().endsWith("/") || source.contents();
        Path from = throughLink ? named.toRealPath() : named.normalize();
        boolean directory = Files.isDirectory(from, LinkOption.NOFOLLOW_LINKS);
        if (!directory && (source.path().endsWith("/") || source.contents())) {
            throw new Failure(ExitCode.FAILURE, "'" + source.path() + "' is no directory.");
        }
        Optional<JsonObject> there = find(target, true);
        if (there.isPresent() && there.get().text("type").equals("directory")) {
            Path name = named.toAbsolutePath().normalize().getFileName();
            return put(target, target.path(), tar(from, source.contents() || name == null ? "" : name.toString()));
        }
        if (there.isPresent() && directory) {
            throw new Failure(ExitCode.FAILURE, "'" + target.path() + "' is no directory: a directory does not replace a file.");
        }
        if (target.path().endsWith("/") && !directory) {
            throw new Failure(ExitCode.FAILURE, "there is no directory '" + target.path() + "' in the container.");
        }
        // A link to a file stays a link: the file that it leads to is what is replaced.
        String path = strip(there.map(found -> found.text("path")).orElse(target.path()));
        return put(target, parent(path), tar(from, path.substring(path.lastIndexOf('/') + 1)));
    }

    private int out(Place source, Place target) throws IOException {
        Query query = new Query(source.target()).with("path", source.path()).with("follow", follow ? true : null);
        if (target.standard()) {
            if (session.environment().terminalOut()) {
                throw Failure.usage("a tar is nothing for a terminal: send it elsewhere.");
            }
            try (HttpResponse response = session.api().call("GET", query.toString(), Map.of(), RequestBody.NONE)) {
                return session.passOn(response.body());
            }
        }
        JsonObject found = find(source, follow).orElseThrow(() -> missing(query));
        boolean directory = found.text("type").equals("directory");
        Path to = Path.of(target.path());
        boolean into = Files.isDirectory(to);
        boolean contents = found.text("name").equals(".");
        if (!into && directory && Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
            throw new Failure(ExitCode.FAILURE, "'" + target.path() + "' is no directory: a directory does not replace a file.");
        }
        if (!into && !directory && target.path().endsWith("/")) {
            throw new Failure(ExitCode.FAILURE, "there is no directory '" + target.path() + "' here.");
        }
        Path above = to.toAbsolutePath().normalize().getParent();
        if (!into && (above == null || !Files.isDirectory(above))) {
            throw new Failure(ExitCode.FAILURE, "there is no directory '" + above + "' here.");
        }
        Path destination = into && !contents ? to.resolve(found.text("name")) : to;
        UnpackedTar unpacked = new UnpackedTar(found.text("name"), destination, archive);
        try (HttpResponse response = session.api().call("GET", query.toString(), Map.of(), RequestBody.NONE)) {
            unpacked.read(response.body());
        }
        unpacked.leftOut().forEach(path -> session.err().println("stowbook: left out, since it cannot be made here: " + Table.printable(path)));
        return ExitCode.OK;
    }

    /** What a path in a container names; empty if there is nothing. */
    private Optional<JsonObject> find(Place place, boolean followed) throws IOException {
        Query query = new Query(place.target()).with("path", place.path()).with("follow", followed ? true : null);
        try (HttpResponse response = session.api().call("HEAD", query.toString(), Map.of(), RequestBody.NONE)) {
            return Optional.of(Json.object(Base64.getDecoder().decode(response.header("x-stowbook-file"))));
        } catch (Failure failure) {
            // An answer to HEAD has no sentence. Asked for the files themselves, the daemon gives one.
            Failure told = missing(query);
            if (told.exitCode() == ExitCode.NOT_FOUND) {
                return Optional.empty();
            }
            throw told;
        }
    }

    private Failure missing(Query query) {
        try (HttpResponse response = session.api().call("GET", query.toString(), Map.of(), RequestBody.NONE)) {
            return new Failure(ExitCode.FAILURE, "the container changed meanwhile: try again.");
        } catch (Failure failure) {
            return failure;
        } catch (IOException e) {
            return new Failure(ExitCode.FAILURE, "the daemon broke off: " + e.getMessage());
        }
    }

    private static String strip(String path) {
        String stripped = path.replaceAll("(/\\.?)+$", "");
        return stripped.isEmpty() ? "/" : stripped;
    }

    private static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash <= 0 ? "/" : path.substring(0, slash);
    }

    private int put(Place target, String directory, RequestBody tar) throws IOException {
        Query query = new Query(target.target()).with("path", directory).with("owners", archive ? true : null);
        try (HttpResponse response = session.api().call("PUT", query.toString(), Map.of("Content-Type", "application/x-tar"), tar)) {
            byte[] answer = response.bytes();
            if (session.arguments().json()) {
                session.printJson(answer);
            }
        }
        return ExitCode.OK;
    }

    private RequestBody tar(Path from, String name) {
        return RequestBodies.writing(out -> leftOut(DirectoryTar.write(from, name, out)));
    }

    private void leftOut(List<String> paths) {
        paths.forEach(path -> session.err().println("stowbook: left out, since a tar cannot hold it: " + Table.printable(path)));
    }

    /** Bodies whose length nobody knows beforehand. */
    private static final class RequestBodies {
        interface Writing {
            void to(OutputStream out) throws IOException;
        }

        static RequestBody of(Supplier<InputStream> in) {
            return writing(out -> in.get().transferTo(out));
        }

        static RequestBody writing(Writing writing) {
            return new RequestBody() {
                @Override
                public long lengthBytes() {
                    return -1;
                }

                @Override
                public void writeTo(OutputStream out) throws IOException {
                    writing.to(out);
                }
            };
        }
    }
}
