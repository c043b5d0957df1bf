package dev.stowbook.supervisor.driver;

/** A plugin that is not loaded; the message is one sentence that names the file and says why. The other plugins go on. */
final class PluginRefused extends Exception {
    private static final long serialVersionUID = 1L;

    PluginRefused(String sentence) {
        super(sentence);
    }

    PluginRefused(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
