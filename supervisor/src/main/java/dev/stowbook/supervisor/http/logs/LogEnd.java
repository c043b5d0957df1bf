package dev.stowbook.supervisor.http.logs;

/**
 * A place in a log that is read no further than that.
 *
 * @param inode of the file, whatever its name is by now
 * @param offset bytes of it that are read
 */
public record LogEnd(long inode, long offset) {}
