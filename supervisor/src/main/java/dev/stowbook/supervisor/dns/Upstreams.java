package dev.stowbook.supervisor.dns;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The host's name servers, as its resolv.conf(5) names them; read again when it has changed. One context. */
final class Upstreams {
    private static final long LOOK_EVERY_MILLIS = 5000;
    private static final int MOST_SERVERS = 3;
    private static final long NEVER = Long.MIN_VALUE;

    private final Vertx vertx;
    private final Path file;
    private final Promise<Void> looked = Promise.promise();
    private List<String> servers = List.of();
    private Set<String> own = Set.of();
    private long readAt = NEVER;
    private boolean looking;

    private record Contents(long modified, List<String> servers) {}

    Upstreams(Vertx vertx, Path file) {
        this.vertx = vertx;
        this.file = file;
    }

    /**
     * Begins to follow the file.
     *
     * @param patience how long those who ask for servers wait for the first look at it
     */
    void follow(Duration patience) {
        look();
        vertx.setTimer(patience.toMillis(), late -> looked.tryComplete());
        vertx.setPeriodic(LOOK_EVERY_MILLIS, timer -> look());
    }

    /** The addresses that we listen on ourselves: to ask there would be to ask for ever. */
    void own(Set<String> addresses) {
        own = Set.copyOf(addresses);
    }

    /** Whom to ask, best first; as soon as the file has been looked at. */
    Future<List<String>> servers() {
        return looked.future().map(known -> servers.stream().filter(server -> !own.contains(server)).toList());
    }

    private void look() {
        if (looking) {
            return;
        }
        looking = true;
        long known = readAt;
        vertx.executeBlocking(() -> newer(known))
                .onSuccess(newer -> newer.ifPresent(contents -> {
                    readAt = contents.modified();
                    servers = contents.servers();
                }))
                .onFailure(absent -> {
                    readAt = NEVER; // it may come back as old as it was
                    servers = List.of();
                })
                .onComplete(done -> {
                    looking = false;
                    looked.tryComplete();
                });
    }

    private Optional<Contents> newer(long known) throws IOException {
        long modified = Files.getLastModifiedTime(file).toMillis();
        return modified == known ? Optional.empty() : Optional.of(new Contents(modified, parse(Files.readString(file, StandardCharsets.ISO_8859_1))));
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
