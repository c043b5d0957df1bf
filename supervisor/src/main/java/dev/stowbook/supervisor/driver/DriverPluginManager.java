package dev.stowbook.supervisor.driver;

import dev.stowbook.spi.DriverProvider;
import java.nio.file.Path;
import org.pf4j.CompoundPluginDescriptorFinder;
import org.pf4j.DefaultPluginLoader;
import org.pf4j.DefaultPluginManager;
import org.pf4j.PluginClassLoader;
import org.pf4j.PluginDescriptor;
import org.pf4j.PluginDescriptorFinder;
import org.pf4j.PluginLoader;
import org.pf4j.PropertiesPluginDescriptorFinder;
import org.pf4j.RuntimeMode;

/** PF4J set up for drivers: unpacked directories only, our class loading, a system version that {@code requires} is held to. */
final class DriverPluginManager extends DefaultPluginManager {
    /** What {@code plugin.requires} is compared with. While PF4J's is 0.0.0, every requirement passes. */
    static final String SYSTEM_VERSION = DriverProvider.SPI_LEVEL + ".0.0";

    DriverPluginManager(Path unpacked) {
        super(unpacked);
        setSystemVersion(SYSTEM_VERSION);
    }

    @Override
    protected PluginDescriptorFinder createPluginDescriptorFinder() {
        return new CompoundPluginDescriptorFinder().add(new PropertiesPluginDescriptorFinder());
    }

    @Override
    protected PluginLoader createPluginLoader() {
        return new DefaultPluginLoader(this) {
            @Override
            protected PluginClassLoader createPluginClassLoader(Path path, PluginDescriptor descriptor) {
                return new DriverClassLoader(pluginManager, descriptor, DriverHost.class.getClassLoader());
            }
        };
    }

    @Override
    public RuntimeMode getRuntimeMode() {
        return RuntimeMode.DEPLOYMENT;
    }
}
