package dev.stowbook.supervisor.manifest;

/**
 * Whether a container's image is to be fetched before its pod is applied.
 *
 * @param pod the pod's name
 * @param container the container's name
 * @param image its image
 * @param policy what the manifest says
 */
public record PullWish(String pod, String container, String image, Policy policy) {

    /** {@code imagePullPolicy}. */
    public enum Policy {
        ALWAYS,
        IF_NOT_PRESENT,
        NEVER,
        /** As {@link #IF_NOT_PRESENT}, but an image called {@code latest} that came from a registry is looked up again. */
        UNSAID;

        static Policy of(String word) {
            return switch (word) {
                case "Always" -> ALWAYS;
                case "IfNotPresent" -> IF_NOT_PRESENT;
                case "Never" -> NEVER;
                default -> UNSAID;
            };
        }
    }

    /** Whether it is called {@code latest}, or called nothing, which is the same. */
    public boolean latest() {
        if (image.contains("@")) {
            return false;
        }
        int colon = image.indexOf(':', image.lastIndexOf('/') + 1);
        return colon < 0 || image.substring(colon + 1).equals("latest");
    }
}
