package dev.stowbook.supervisor.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts in {@code bin/}. */
class LauncherTest {
    private static final Path BIN = Path.of(System.getProperty("stowbook.repository", "..")).resolve("bin").toAbsolutePath();

    @TempDir
    private Path jvms;

    private Path jdk(String name, String version, String... programs) throws IOException {
        Path bin = Files.createDirectories(jvms.resolve(name).resolve("bin"));
        for (String program : programs) {
            Files.createFile(bin.resolve(program), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        }
        Files.writeString(jvms.resolve(name).resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\nJAVA_RUNTIME_VERSION=\"" + version + "+9-LTS\"\n");
        return jvms.resolve(name);
    }

    private record Output(int code, String out, String err) {}

    private Output find(String program, Map<String, String> variables) throws Exception {
        ProcessBuilder shell = new ProcessBuilder("/bin/sh", "-euc",
                ". " + BIN.resolve("jdk.sh") + "; find_jdk " + program + "; echo \"$java_home $java_major $java_version\"");
        shell.environment().remove("JAVA_HOME");
        shell.environment().put("STOWBOOK_JVM_DIRECTORY", jvms.toString());
        shell.environment().put("PATH", "/nowhere");
        shell.environment().putAll(variables);
        Process process = shell.start();
        String out = new String(process.getInputStream().readAllBytes(), UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
        return new Output(process.waitFor(), out.strip(), err);
    }

    @Test
    void theNewestJdkIsTaken() throws Exception {
        jdk("a", "21.0.4", "java", "javac");
        Path newest = jdk("b", "25.0.3", "java", "javac");
        jdk("c", "17.0.15", "java", "javac");
        jdk("d", "26-ea", "nothing");
        assertEquals(newest + " 25 25.0.3+9", find("java", Map.of()).out());
    }

    @Test
    void javaHomeComesFirstIfItIsNewEnoughAndHasWhatIsNeeded() throws Exception {
        Path newest = jdk("b", "25.0.3", "java", "javac");
        Path runtime = jdk("a", "21.0.4", "java");
        Path old = jdk("c", "17.0.15", "java", "javac");
        assertEquals(runtime + " 21 21.0.4+9", find("java", Map.of("JAVA_HOME", runtime.toString())).out());
        assertEquals(newest + " 25 25.0.3+9", find("javac", Map.of("JAVA_HOME", runtime.toString())).out());
        assertEquals(newest + " 25 25.0.3+9", find("java", Map.of("JAVA_HOME", old.toString())).out());
    }

    @Test
    void withoutAJdkOneSentenceSaysWhatToInstall() throws Exception {
        jdk("c", "17.0.15", "java", "javac");
        Output output = find("java", Map.of());
        assertEquals(1, output.code());
        assertTrue(output.err().startsWith("stowbook: there is no JDK 21 or newer") && output.err().lines().count() == 1, output.err());
    }

    private String charactersOf(Map<String, String> variables) throws Exception {
        Path home = Files.createDirectories(jvms.resolve("home"));
        Files.createDirectories(home.resolve("bin"));
        for (String script : new String[] {"stowbook", "jdk.sh", "flags.sh"}) {
            Files.copy(BIN.resolve(script), home.resolve("bin").resolve(script), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
        }
        Files.writeString(Files.createDirectories(home.resolve("supervisor/target/dist/lib")).resolve("stowbook-supervisor.jar"), "");
        ProcessBuilder command = new ProcessBuilder(home.resolve("bin/stowbook").toString(), "ps");
        command.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
        command.environment().putAll(variables);
        command.environment().put("JAVA_HOME", jvms.resolve("b").toString());
        Process process = command.redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, process.waitFor(), out);
        return out.strip();
    }

    @Test
    void namesOfFilesAreUtf8InAnyLocale() throws Exception {
        Path java = jdk("b", "25.0.3", "java").resolve("bin/java");
        Files.writeString(java, "#!/bin/sh\necho \"${LC_ALL:-${LANG:-none}}\"\n");
        assertEquals("C.UTF-8", charactersOf(Map.of()));
        assertEquals("C.UTF-8", charactersOf(Map.of("LC_ALL", "C", "LANG", "de_DE.UTF-8")));
        assertEquals("C.UTF-8", charactersOf(Map.of("LANG", "POSIX")));
        assertEquals("de_DE.UTF-8", charactersOf(Map.of("LANG", "de_DE.UTF-8")));
        assertEquals("en_US.utf8", charactersOf(Map.of("LC_ALL", "en_US.utf8", "LANG", "C")));
    }

    @Test
    void theScriptsAreValidForAPosixShell() throws Exception {
        for (String script : new String[] {"stowbook", "build", "test", "quickstart", "jdk.sh", "flags.sh", "install.sh", "instance.sh"}) {
            Process check = new ProcessBuilder("/bin/sh", "-n", BIN.resolve(script).toString()).redirectErrorStream(true).start();
            String problems = new String(check.getInputStream().readAllBytes(), UTF_8);
            assertEquals(0, check.waitFor(), problems);
        }
    }
}
