package dev.stowbook.spi.volume;

/**
 * One volume and the operation on it.
 *
 * @param volume the volume: a letter or digit, then up to 127 of letters, digits, {@code _}, {@code .} and {@code -}
 * @param operationId what the daemon calls this step, for messages and traces: {@code <sequence>/<step>}
 */
public record VolumeTarget(String volume, String operationId) {}
