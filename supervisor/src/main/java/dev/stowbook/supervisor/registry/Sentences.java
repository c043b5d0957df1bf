package dev.stowbook.supervisor.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.supervisor.credentials.Credential;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** What went wrong with a registry, in one sentence that says what to do. */
final class Sentences {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_BYTES = 64 << 10;
    private static final int MOST_CHARACTERS = 200;
    private static final String AND_THEN = " into the daemon's configuration (the file named by its --config) and start the daemon anew";

    private Sentences() {}

    /** A login that is missing, or is not enough. */
    static RegistryException denied(Endpoint endpoint, Optional<Credential> credential, String detail) {
        String registry = endpoint.registry();
        String sentence = credential.isEmpty()
                ? "registry " + registry + " does not give this to everybody, or has nothing of that name: check the name, or run 'stowbook login " + registry
                        + "'"
                : "registry " + registry + " does not accept " + credential.get() + " for this: check the name, and log in again with 'stowbook login "
                        + registry + "'";
        return new RegistryException(ErrorCode.DENIED, sentence + (detail.isEmpty() ? "" : " (" + detail + ")"));
    }

    /** An answer that is not what was asked for; {@code what} is the thing asked for. Reads the body. */
    static RegistryException refused(Endpoint endpoint, HttpResponse<InputStream> response, String what, Optional<Credential> credential) {
        String said = said(response);
        String detail = said.isEmpty() ? "" : ": " + said;
        String registry = endpoint.registry();
        return switch (response.statusCode()) {
            case 401, 403 -> denied(endpoint, credential, said);
            case 404 -> new RegistryException(ErrorCode.NOT_FOUND, "registry " + registry + " has no " + what.replaceFirst("^(the|an|its) ", "") + detail);
            case 407 -> proxyLogin("registry " + registry);
            case 429 -> new RegistryException(ErrorCode.UNAVAILABLE, "registry " + registry
                    + " wants fewer requests from here (429): wait a while, or log in with 'stowbook login " + registry + "'" + detail);
            default -> new RegistryException(
                    response.statusCode() >= 500 ? ErrorCode.UNAVAILABLE : ErrorCode.INVALID,
                    "registry " + registry + " answered the request for " + what + " with status " + response.statusCode() + detail);
        };
    }

    private static RegistryException proxyLogin(String who) {
        return new RegistryException(ErrorCode.UNAVAILABLE, "the proxy on the way to " + who + " wants a login, or another one: write it into HTTPS_PROXY or "
                + "HTTP_PROXY of the daemon's environment, as in http://user:password@host:port, and start the daemon anew");
    }

    /** The registry's own words (OCI distribution-spec, "Error Codes"), if it has any. */
    private static String said(HttpResponse<InputStream> response) {
        try (InputStream body = response.body()) {
            JsonNode error = JSON.readTree(body.readNBytes(MOST_BYTES)).path("errors").path(0);
            String code = error.path("code").asText("");
            String message = error.path("message").asText("");
            return printable(message.isEmpty() ? code : message);
        } catch (IOException e) {
            return ""; // no words, or not whole: the status tells enough
        }
    }

    /** A text of somebody else's, without what could play tricks on a terminal. */
    static String printable(String text) {
        String clean = text.codePoints()
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return clean.length() > MOST_CHARACTERS ? clean.substring(0, MOST_CHARACTERS) + "..." : clean;
    }

    /** A connection that could not be made, or broke; to {@code asked}, unless the failure knows better. */
    static RegistryException broken(Endpoint endpoint, URI asked, IOException failure) {
        URI address = failure instanceof BrokenLine line ? line.address() : asked;
        String host = address.getRawAuthority();
        String who = endpoint.owns(address) ? "registry " + endpoint.registry() : host + ", where registry " + endpoint.registry() + " sends requests,";
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ProxyRefusal proxy && proxy.wantsLogin()) {
                return proxyLogin(who);
            }
            if (cause instanceof SSLException tls) {
                return insecure(who, endpoint.owns(address) ? endpoint.registry() : host, tls);
            }
            if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
                return new RegistryException(ErrorCode.UNAVAILABLE, who + " cannot be reached: no address is known for " + host
                        + "; check its name and this host's DNS", failure);
            }
        }
        return new RegistryException(ErrorCode.UNAVAILABLE, who + " cannot be reached at " + host + ": "
                + why(failure instanceof BrokenLine line ? line.reason() : failure)
                + "; check that it runs and that no firewall or proxy is in between", failure);
    }

    /** Why nothing came, as a part of a sentence. */
    static String why(IOException failure) {
        return switch (failure) {
            case HttpConnectTimeoutException e -> "no connection came about";
            case HttpTimeoutException e -> "it did not answer in time";
            case ConnectException e -> "the connection was refused";
            case ProxyRefusal e -> e.getMessage() + " and does not lead there";
            default -> printable(String.valueOf(failure.getMessage()));
        };
    }

    /** What stands in the configuration for it is a line that can be copied: {@code registries: {insecure: {"localhost:5000": http}}}. */
    private static RegistryException insecure(String who, String key, SSLException failure) {
        String message = String.valueOf(failure.getMessage());
        boolean plain = message.contains("Unsupported or unrecognized SSL message") || message.contains("plaintext connection");
        String sentence = plain
                ? who + " speaks http without TLS: if you accept that, write " + line(key, "http") + AND_THEN
                : "the certificate of " + who + " cannot be trusted (" + printable(message) + "): name the file of its authority with "
                        + "registries: {authorities: {mine: /path/of/ca.pem}} or, if you accept it unverified, write " + line(key, "unverified") + AND_THEN;
        return new RegistryException(ErrorCode.UNAVAILABLE, sentence, failure);
    }

    private static String line(String key, String word) {
        return "registries: {insecure: {\"" + key + "\": " + word + "}}";
    }
}
