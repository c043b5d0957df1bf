package dev.stowbook.supervisor.log;

/**
 * One event as stored.
 *
 * @param type stable type id, such as {@code ProcessStarted}
 * @param version version of that type's schema, from 1
 * @param data UTF-8 JSON, the very bytes that readers get; not to be modified
 */
public record EventRecord(String type, int version, byte[] data) {}
