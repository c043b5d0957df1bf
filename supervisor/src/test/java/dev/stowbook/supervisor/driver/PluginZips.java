package dev.stowbook.supervisor.driver;

import dev.stowbook.spi.DriverProvider;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.tools.ToolProvider;
import org.pf4j.ExtensionPoint;

/** Compiles small plugins, with pf4j's annotation processor as a driver's own build does, and zips them. */
public final class PluginZips {
    private final Path work;
    private int number;

    /** Compiles below {@code work}. */
    public PluginZips(Path work) {
        this.work = work;
    }

    /** The source of a provider called {@code example.<className>}, with methods changed or added by {@code body}. */
    static String provider(String className, String driverName, String body) {
        String source = """
                package example;
                import dev.stowbook.spi.*;
                import dev.stowbook.spi.graph.*;
                import java.lang.reflect.Proxy;
                import java.util.*;
                @org.pf4j.Extension
                public class CLASS implements GraphDriverProvider {
                    public String name() { return "NAME"; }
                    public int spiLevel() { return 1; }
                    public Set<GraphCapability> capabilities() { return Set.of(GraphCapability.XATTR); }
                    public Health probe() { return new Health(true, "fine"); }
                    public GraphDriver open(DriverContext context) throws DriverException {
                        return (GraphDriver) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {GraphDriver.class},
                                (proxy, method, arguments) -> verb(context, method.getName()));
                    }
                    Object verb(DriverContext context, String verb) throws Throwable { return verb.equals("list") ? List.of() : null; }
                }
                """;
        for (String replaced : new String[] {"spiLevel()", "probe()", "Object verb", "GraphDriver open", "String name()"}) {
            if (body.contains(replaced)) {
                source = withoutMethod(source, replaced);
            }
        }
        return source.replace("CLASS", className).replace("NAME", driverName).replaceFirst("\\}\\s*$", "    " + java.util.regex.Matcher.quoteReplacement(body) + "\n}\n");
    }

    private static String withoutMethod(String source, String signature) {
        List<String> kept = new ArrayList<>();
        boolean dropping = false;
        for (String line : source.lines().toList()) {
            if (line.contains(signature)) {
                dropping = !line.endsWith("}");
                continue;
            }
            if (dropping) {
                dropping = !line.equals("    }");
                continue;
            }
            kept.add(line);
        }
        return String.join("\n", kept);
    }

    /** A zip named {@code file} in {@code directory} that holds one provider. */
    public Path zip(Path directory, String file, String id, String requires, String className, String source) {
        try {
            Path classes = compile(className, source);
            Path jar = work.resolve("plugin" + ++number + ".jar");
            try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
                addTree(out, classes, "");
            }
            Path zip = directory.resolve(file);
            try (var out = new ZipOutputStream(Files.newOutputStream(zip))) {
                add(out, "plugin.properties", ("plugin.id=" + id + "\nplugin.version=1.2.3\nplugin.requires=" + requires + "\n").getBytes());
                add(out, "lib/plugin.jar", Files.readAllBytes(jar));
            }
            return zip;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path compile(String className, String source) throws IOException {
        Path sources = Files.createDirectories(work.resolve("src" + ++number).resolve("example"));
        Path classes = Files.createDirectories(work.resolve("classes" + number));
        Path file = Files.writeString(sources.resolve(className + ".java"), source);
        String classPath = origin(DriverProvider.class) + ":" + origin(ExtensionPoint.class);
        var messages = new StringWriter();
        var compiler = ToolProvider.getSystemJavaCompiler();
        var files = compiler.getStandardFileManager(null, null, null);
        boolean compiled = compiler.getTask(
                        messages,
                        files,
                        null,
                        List.of("-d", classes.toString(), "-cp", classPath, "-processorpath", classPath, "--release", "21"),
                        null,
                        files.getJavaFileObjects(file))
                .call();
        if (!compiled) {
            throw new AssertionError(messages + "\n" + source);
        }
        return classes;
    }

    /** The jar or directory a class comes from. */
    static Path origin(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    static void add(ZipOutputStream out, String name, byte[] content) throws IOException {
        out.putNextEntry(new ZipEntry(name));
        out.write(content);
        out.closeEntry();
    }

    private static void addTree(ZipOutputStream out, Path directory, String prefix) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                add(out, prefix + directory.relativize(file), Files.readAllBytes(file));
            }
        }
    }

    /** Writes {@code plugins.sha256} for the zips that are in the directory now. */
    static void list(Path directory) throws IOException {
        var lines = new TreeMap<String, String>();
        try (Stream<Path> zips = Files.list(directory)) {
            for (Path zip : zips.filter(file -> file.toString().endsWith(".zip")).toList()) {
                lines.put(zip.getFileName().toString(), sha256(zip));
            }
        }
        var text = new StringBuilder();
        lines.forEach((name, digest) -> text.append(digest).append("  ").append(name).append('\n'));
        Files.writeString(directory.resolve("plugins.sha256"), text);
    }

    /** In hex. */
    public static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
