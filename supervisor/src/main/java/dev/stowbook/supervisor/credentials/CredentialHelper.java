package dev.stowbook.supervisor.credentials;

import dev.stowbook.supervisor.json.PlainJson;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A program that keeps logins: {@code docker-credential-NAME}, asked with {@code get}, {@code store} or {@code erase} and its question on standard
 * input (docker-credential-helpers, README "Development").
 */
final class CredentialHelper {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
    private static final long PATIENCE_SECONDS = 30;
    private static final int MOST_BYTES = 64 << 10;
    private static final String TOKEN_USER = "<token>";

    private final String program;

    CredentialHelper(String name) throws CredentialException {
        if (!NAME.matcher(name).matches()) {
            throw new CredentialException("the credential helper's name has letters, digits, '.', '_' and '-' only: mend credsStore or credHelpers");
        }
        program = "docker-credential-" + name;
    }

    Optional<Credential> find(String server) throws CredentialException {
        Answer answer = ask("get", server);
        if (answer.exit() != 0) {
            if (answer.output().contains("credentials not found")) {
                return Optional.empty();
            }
            throw failed("get", answer);
        }
        try {
            Map<String, @Nullable Object> login = Fields.object(answer.output().getBytes(StandardCharsets.UTF_8));
            String user = Fields.text(login, "Username");
            String secret = Fields.text(login, "Secret");
            if (user.isEmpty() && secret.isEmpty()) {
                return Optional.empty(); // what some helpers say for nobody
            }
            return Optional.of(user.equals(TOKEN_USER) ? Credential.token(secret) : Credential.login(user, secret));
        } catch (IOException e) {
            throw new CredentialException(program + " answered with something that is no JSON"); // the parser's message might quote the secret
        }
    }

    void store(String server, Credential credential) throws CredentialException {
        String user = credential.identityToken() ? TOKEN_USER : credential.user();
        byte[] question = PlainJson.write(Map.of("ServerURL", server, "Username", user, "Secret", credential.secret()), false);
        require("store", ask("store", new String(question, StandardCharsets.UTF_8)));
    }

    void erase(String server) throws CredentialException {
        require("erase", ask("erase", server));
    }

    private void require(String verb, Answer answer) throws CredentialException {
        if (answer.exit() != 0) {
            throw failed(verb, answer);
        }
    }

    /** What a helper printed may hold a secret, so it is not repeated. */
    private CredentialException failed(String verb, Answer answer) {
        return new CredentialException(program + " " + verb + " failed with exit code " + answer.exit() + ": try it by hand, as in 'echo HOST | " + program
                + " get'");
    }

    private record Answer(int exit, String output) {}

    private Answer ask(String verb, String question) throws CredentialException {
        Path output = null;
        Process process = null;
        try {
            output = Files.createTempFile("stowbook-", ""); // 0600
            process = new ProcessBuilder(program, verb)
                    .redirectOutput(output.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (OutputStream in = process.getOutputStream()) {
                in.write(question.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // it did not want to hear all of it; its exit code tells
            }
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new CredentialException(program + " " + verb + " has not answered for " + PATIENCE_SECONDS + " seconds");
            }
            if (Files.size(output) > MOST_BYTES) {
                throw new CredentialException(program + " " + verb + " answered with more than " + MOST_BYTES + " bytes");
            }
            return new Answer(process.exitValue(), Files.readString(output));
        } catch (IOException e) {
            throw new CredentialException("the credential helper " + program + " cannot be run: install it on the PATH, or take it out of config.json", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CredentialException("interrupted while " + program + " was asked", e);
        } finally {
            end(process, output);
        }
    }

    private static void end(@Nullable Process process, @Nullable Path output) {
        if (process != null) {
            process.destroyForcibly();
        }
        if (output != null) {
            try {
                Files.deleteIfExists(output);
            } catch (IOException e) {
                // unreadable for others, and /tmp is swept
            }
        }
    }
}
