package dev.stowbook.supervisor.build;

import dev.stowbook.linux.Fd;
import dev.stowbook.supervisor.image.Platform;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/** What a build asks of the daemon. Blocks; one build calls it on one thread. */
public interface BuildHost {

    /**
     * An image that can be built on.
     *
     * @param id {@code sha256:} and its digest
     * @param config its configuration's bytes
     * @param topLayer the graph driver's name of its topmost layer; empty for one without layers
     */
    record Image(String id, byte[] config, Optional<String> topLayer) {}

    /**
     * An instruction that is carried out.
     *
     * @param number from 1
     * @param total how many the build has, as far as is known
     * @param line where it stands
     * @param text the instruction
     */
    record Step(int number, int total, int line, String text) {}

    /**
     * What RUN runs.
     *
     * @param argv the program and its arguments
     * @param env beside the image's, {@code NAME=value}
     */
    record RunCommand(List<String> argv, List<String> env) {
        public RunCommand {
            argv = List.copyOf(argv);
            env = List.copyOf(env);
        }
    }

    /**
     * What a server answered.
     *
     * @param status of HTTP
     * @param lastModified its header of that name, if it has one
     */
    record Fetched(int status, Optional<String> lastModified) {}

    /** Fetches a file on the net; {@code to} gets it if the status is 200. @throws IOException whose message says why there is no answer */
    Fetched fetch(URI address, OutputStream to) throws BuildException, IOException;

    /** Finds an image by what people call it; asks its registry if it is not here, or if {@code pull}. */
    Image find(String reference, Platform platform, boolean pull) throws BuildException;

    /** The image that the same step made of the same parent before. */
    Optional<Image> cached(String key) throws BuildException;

    /** Opens an image's file system, read-only. The caller closes it. */
    Fd view(Image image) throws BuildException;

    /** Tells that a step begins. */
    void begins(Step step) throws BuildException;

    /** Records that a step began with an image that is there: that of FROM, or one made before. */
    void found(Step step, Image image, boolean cached) throws BuildException;

    /** Stores an image and records it as what a step made. */
    Image made(Step step, String key, byte[] config, Optional<LayerFile> layer, Optional<Image> parent) throws BuildException;

    /** Runs a command in a container of an image, shows its output, and writes what it changed as a layer's tar. @return its exit code */
    int run(Step step, Image image, RunCommand command, LayerFile changes) throws BuildException;

    /** Tells who builds. */
    void warn(String sentence);

    /** Throws if nobody wants the build any more. */
    void check() throws BuildException;
}
