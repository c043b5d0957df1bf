package dev.stowbook.supervisor.event;

import java.util.OptionalInt;

/**
 * At whose word a command came.
 *
 * @param kind who it is
 * @param name {@code cli}, {@code rest}, or the part of the daemon that spoke
 * @param uid the peer's user id (SO_PEERCRED), if it is a user
 * @param pid the peer's process id, if it is a user
 */
public record Actor(Kind kind, String name, OptionalInt uid, OptionalInt pid) {

    /** Who can be an actor. */
    public enum Kind {
        USER,
        DAEMON,
        KEEPER,
        DRIVER
    }

    /** A part of the daemon itself. */
    public static Actor daemon(String part) {
        return new Actor(Kind.DAEMON, part, OptionalInt.empty(), OptionalInt.empty());
    }

    /** The user at the other end of a socket. */
    public static Actor user(String name, int uid, int pid) {
        return new Actor(Kind.USER, name, OptionalInt.of(uid), OptionalInt.of(pid));
    }
}
