package dev.stowbook.supervisor.dns;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The host's name servers, as its resolv.conf(5) names them; read again when it has changed. One context. */
final class Upstreams {
    private static final long LOOK_EVERY_MILLIS = 5000;
    private static final int MOST_SERVERS = 3;

    private final Vertx vertx;
    private final Path file;
    private List<String> servers = List.of();
    private Set<String> own = Set.of();
    private long readAt = Long.MIN_VALUE;

    Upstreams(Vertx vertx, Path file) {
        this.vertx = vertx;
        this.file = file;
    }

    /** Begins to follow the file. */
    void follow() {
        look();
        vertx.setPeriodic(LOOK_EVERY_MILLIS, timer -> look());
    }

    /** The addresses that we listen on ourselves: to ask there would be to ask for ever. */
    void own(Set<String> addresses) {
        own = Set.copyOf(addresses);
    }

    /** Whom to ask, best first. */
    List<String> servers() {
        return servers.stream().filter(server -> !own.contains(server)).toList();
    }

    private void look() {
        vertx.fileSystem().props(file.toString())
                .compose(about -> {
                    if (about.lastModifiedTime() == readAt) {
                        return Future.succeededFuture();
                    }
                    return vertx.fileSystem().readFile(file.toString()).onSuccess(bytes -> {
                        readAt = about.lastModifiedTime();
                        servers = parse(bytes.toString(StandardCharsets.ISO_8859_1));
                    });
                })
                .onFailure(absent -> servers = List.of());
    }

    private static List<String> parse(String text) {
        List<String> found = new ArrayList<>();
        for (String line : text.split("\n")) {
            String[] words = line.strip().split("\\s+");
            if (words.length > 1 && words[0].equals("nameserver") && found.size() < MOST_SERVERS) {
                found.add(words[1]);
            }
        }
        return List.copyOf(found);
    }
}
