package dev.stowbook.linux.terminal;

/**
 * The size of a terminal's window (ioctl_tty(2), {@code struct winsize}).
 *
 * @param rows characters from top to bottom
 * @param columns characters from left to right
 */
public record WindowSize(int rows, int columns) {}
