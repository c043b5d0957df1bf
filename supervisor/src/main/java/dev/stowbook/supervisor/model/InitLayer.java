package dev.stowbook.supervisor.model;

/**
 * Between an image's topmost layer and those of its containers lies one more: it has the files and directories that are mounted on in every
 * container, as far as the image lacks them, so that a container's own layer holds only what the container did. All containers of a layer share it.
 */
public final class InitLayer {
    private InitLayer() {}

    /**
     * The driver's name for the init layer on a layer: each digit's complement, so it is known without being written down, and never that of
     * another layer, since those are random.
     *
     * @param cacheId hex digits
     */
    public static String on(String cacheId) {
        StringBuilder id = new StringBuilder(cacheId.length());
        for (char digit : cacheId.toCharArray()) {
            id.append(Character.forDigit(15 - Character.digit(digit, 16), 16));
        }
        return id.toString();
    }
}
