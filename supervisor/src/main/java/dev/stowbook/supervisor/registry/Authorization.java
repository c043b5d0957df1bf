package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.credentials.Credential;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** What a repository is asked with: nothing at first, then what it wants. Any thread. */
final class Authorization {
    private final Endpoint endpoint;
    private final Optional<Credential> credential;
    private final String scope;
    private final Tokens tokens;
    private final ReentrantLock learning = new ReentrantLock();
    private volatile Optional<String> header = Optional.empty();

    Authorization(Endpoint endpoint, Optional<Credential> credential, String scope, Tokens tokens) {
        this.endpoint = endpoint;
        this.credential = credential;
        this.scope = scope;
        this.tokens = tokens;
    }

    Optional<String> header() {
        return header;
    }

    Optional<Credential> credential() {
        return credential;
    }

    /** Learns from a refusal how to ask; false if there is nothing to add. One thread learns it for all. */
    boolean answer(List<Challenge> challenges, Optional<String> sent) throws RegistryException, InterruptedException {
        learning.lockInterruptibly();
        try {
            return !header.equals(sent) || learn(challenges, sent);
        } finally {
            learning.unlock();
        }
    }

    private boolean learn(List<Challenge> challenges, Optional<String> sent) throws RegistryException, InterruptedException {
        for (Challenge challenge : challenges) {
            if (challenge.scheme().equals("bearer")) {
                Optional<String> refused = sent.filter(h -> h.startsWith("Bearer ")).map(h -> h.substring("Bearer ".length()));
                header = Optional.of("Bearer " + tokens.token(endpoint, challenge, scope, credential, refused));
                return !header.equals(sent);
            }
        }
        for (Challenge challenge : challenges) {
            if (challenge.scheme().equals("basic") && credential.isPresent() && !credential.get().identityToken()) {
                header = Optional.of(basic(credential.get()));
                return !header.equals(sent);
            }
        }
        return false;
    }

    static String basic(Credential login) {
        return "Basic " + Base64.getEncoder().encodeToString((login.user() + ":" + login.secret()).getBytes(StandardCharsets.UTF_8));
    }
}
