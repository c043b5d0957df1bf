package dev.stowbook.spi.graph;

/**
 * A detached mount of a layer's merged file system.
 *
 * @param mountFd an O_PATH-like descriptor from open_tree(2) or fsmount(2); the caller closes it with close(2)
 */
public record View(int mountFd) {}
