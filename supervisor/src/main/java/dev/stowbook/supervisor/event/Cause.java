package dev.stowbook.supervisor.event;

/**
 * What an entry came of.
 *
 * @param command the command's name
 * @param sequence the event that led to the command, 0 if it came from outside
 * @param request the request it came with, empty if none: 16 hex digits, found on every kernel operation it leads to
 */
public record Cause(String command, long sequence, String request) {}
