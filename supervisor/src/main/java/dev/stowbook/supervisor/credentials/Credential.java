package dev.stowbook.supervisor.credentials;

/**
 * A login to a registry. Never printed: its text names the user at most.
 *
 * @param user who logs in; empty beside an identity token
 * @param secret the password, or the identity token
 * @param identityToken whether the secret is a token that a registry's token server gave for the password (OAuth2 "refresh token")
 */
public record Credential(String user, String secret, boolean identityToken) {

    /** A user with a password. */
    public static Credential login(String user, String password) {
        return new Credential(user, password, false);
    }

    /** A token in a password's place. */
    public static Credential token(String token) {
        return new Credential("", token, true);
    }

    @Override
    public String toString() {
        return identityToken ? "an identity token" : "the login of " + user;
    }
}
