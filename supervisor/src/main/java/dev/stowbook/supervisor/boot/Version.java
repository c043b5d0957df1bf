package dev.stowbook.supervisor.boot;

/** The version of this build. */
final class Version {
    static final String CURRENT =
            java.util.Objects.requireNonNullElse(Version.class.getPackage().getImplementationVersion(), "0.1.0-SNAPSHOT");

    private Version() {}
}
