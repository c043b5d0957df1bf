package dev.stowbook.supervisor.model;

/**
 * Names a step for ever.
 *
 * @param operation the sequence of the intent
 * @param name the step's name in it
 */
public record StepRef(long operation, String name) {

    /** As drivers and keepers are told: {@code 17/rootfs:web}. */
    @Override
    public String toString() {
        return operation + "/" + name;
    }
}
