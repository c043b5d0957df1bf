package dev.stowbook.supervisor.boot;

/**
 * How full the disk may get.
 *
 * @param highPercent from here on images that no container uses are removed without being asked; {@link #NEVER} to leave them
 * @param lowPercent until here they are removed
 */
record ImageMarks(int highPercent, int lowPercent) {
    static final int NEVER = 100;

    static ImageMarks defaults() {
        return new ImageMarks(NEVER, 80);
    }
}
