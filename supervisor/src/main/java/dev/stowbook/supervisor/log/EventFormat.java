package dev.stowbook.supervisor.log;

import dev.stowbook.supervisor.event.Event;

/** Turns events into what the log stores and back. */
public interface EventFormat {

    /** The event in its current version. The same event gives the same bytes, always. */
    EventRecord encode(Event event);

    /**
     * The event of any version ever written.
     *
     * @throws LogException DAMAGED if the type is unknown or newer than this program: it is never skipped
     */
    Event decode(EventRecord record) throws LogException;
}
