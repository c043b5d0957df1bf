package dev.stowbook.supervisor.driver;

import java.util.List;
import org.pf4j.PluginClassLoader;
import org.pf4j.PluginDescriptor;
import org.pf4j.PluginManager;

/**
 * The classes a driver sees: what the host lends comes from the host, everything else from the plugin itself, then from the
 * JDK. Classes of the supervisor and its libraries are not to be seen, and neither are those of other plugins.
 */
final class DriverClassLoader extends PluginClassLoader {
    /** Always the host's: their types pass between host and driver, or hold state of the process (JNA). */
    private static final List<String> LENT = List.of(
            "dev.stowbook.spi.", "dev.stowbook.linux.", "org.slf4j.", "com.sun.jna.", "org.pf4j.", "org.jspecify.");

    /** The host's where the plugin brings none: dev.stowbook.linux is built on them. */
    private static final List<String> LENT_IF_ABSENT = List.of("org.apache.commons.");

    DriverClassLoader(PluginManager manager, PluginDescriptor descriptor, ClassLoader host) {
        super(manager, descriptor, host);
    }

    @Override
    public Class<?> loadClass(String name) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            if (startsWithOneOf(name, LENT)) {
                return getParent().loadClass(name);
            }
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            if (name.startsWith("java.")) {
                return getPlatformClassLoader().loadClass(name);
            }
            try {
                return findClass(name);
            } catch (ClassNotFoundException notInPlugin) {
                if (startsWithOneOf(name, LENT_IF_ABSENT)) {
                    return getParent().loadClass(name);
                }
                return getPlatformClassLoader().loadClass(name);
            }
        }
    }

    private static boolean startsWithOneOf(String name, List<String> prefixes) {
        for (String prefix : prefixes) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }
}
