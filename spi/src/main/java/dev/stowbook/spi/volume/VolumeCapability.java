package dev.stowbook.spi.volume;

/** What a volume driver can do beyond the verbs every one of them has. */
public enum VolumeCapability {
    /** Honours {@link CreateVolumeRequest#quotaBytes} for every kind of volume it makes. */
    QUOTA
}
