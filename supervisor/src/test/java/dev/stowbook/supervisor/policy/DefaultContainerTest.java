package dev.stowbook.supervisor.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.cgroup.DeviceRule;
import dev.stowbook.supervisor.model.SecuritySpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DefaultContainerTest {
    private static final Path DOCUMENT = Path.of(System.getProperty("stowbook.repository"), "docs/security.md");

    @Test
    void theTableInTheDocumentIsWhatAContainerIsGiven() throws IOException {
        var told = new TreeMap<String, String>();
        for (String line : Files.readAllLines(DOCUMENT)) {
            String[] cells = line.split("\\|");
            if (line.startsWith("| `") && cells.length >= 4) {
                told.put(cells[1].strip().replace("`", ""), cells[2].strip().replace("`", ""));
            }
        }
        var given = new TreeMap<String, String>(Map.of(
                "masked", String.join(" ", DefaultContainer.MASKED_PATHS) + " /sys/devices/system/cpu/cpu*/thermal_throttle",
                "read-only", String.join(" ", DefaultContainer.READ_ONLY_PATHS),
                "capabilities", DefaultContainer.CAPABILITIES.stream().map(Enum::name).sorted().collect(Collectors.joining(" ")),
                "device rules", DefaultContainer.DEVICE_RULES.stream().map(DefaultContainerTest::text).collect(Collectors.joining(", ")),
                "device nodes", DefaultContainer.DEVICE_NODES.stream()
                        .map(node -> node.name() + " " + node.major() + ":" + node.minor()).collect(Collectors.joining(", ")),
                "device links", DefaultContainer.DEVICE_LINKS.entrySet().stream()
                        .map(link -> link.getKey() + " -> " + link.getValue()).collect(Collectors.joining(", ")),
                "sysctls", DefaultContainer.sysctls(false, false).toString(),
                "limits", DefaultContainer.RESOURCE_LIMITS.stream()
                        .map(limit -> limit.name() + " " + limit.soft() + ":" + limit.hard()).collect(Collectors.joining(", "))));
        for (DefaultContainer.DefaultMount mount : DefaultContainer.MOUNTS) {
            given.put("mount " + mount.target(), mount.type() + " " + mount.options());
        }
        told.keySet().retainAll(given.keySet());
        assertEquals(given, told);
    }

    @Test
    void everyTestThatTheDocumentNamesExists() throws IOException {
        var named = java.util.regex.Pattern.compile("`([A-Za-z0-9]+(?:Test|IT))\\.([A-Za-z0-9_]+)`").matcher(Files.readString(DOCUMENT));
        int count = 0;
        while (named.find()) {
            count++;
            String file = named.group(1) + ".java";
            try (var sources = Files.walk(DOCUMENT.resolveSibling("../supervisor/src/test/java").normalize())) {
                Path source = sources.filter(path -> path.endsWith(file)).findFirst().orElseThrow(() -> new AssertionError("no " + file));
                assertTrue(Files.readString(source).contains("void " + named.group(2) + "("), "no test " + named.group());
            }
        }
        assertTrue(count >= 30, "only " + count + " tests are named");
    }

    @Test
    void everyKnownHoleHasATest() throws IOException {
        var holes = new java.util.TreeSet<String>();
        for (String line : Files.readAllLines(DOCUMENT)) {
            if (line.startsWith("| CVE-")) {
                assertTrue(line.split("\\|")[4].matches(".*(Test|IT)[.].*"), "no test: " + line);
                java.util.regex.Pattern.compile("CVE-\\d+-\\d+").matcher(line).results().forEach(found -> holes.add(found.group()));
            }
        }
        var known = Set.of("CVE-2016-9962", "CVE-2019-5736", "CVE-2019-14271", "CVE-2019-16884", "CVE-2020-15257", "CVE-2021-30465", "CVE-2022-24769",
                "CVE-2023-28642", "CVE-2024-21626", "CVE-2024-45310", "CVE-2025-31133", "CVE-2025-52565", "CVE-2025-52881");
        assertTrue(holes.containsAll(known), "without a row: " + known.stream().filter(hole -> !holes.contains(hole)).toList());
    }

    @Test
    void masksTheThermalCountersOfEachProcessor() {
        var masked = DefaultContainer.maskedPaths(2);
        assertTrue(masked.contains("/sys/devices/system/cpu/cpu0/thermal_throttle"));
        assertTrue(masked.contains("/sys/devices/system/cpu/cpu1/thermal_throttle"));
        assertEquals(DefaultContainer.MASKED_PATHS.size() + 2, masked.size());
    }

    @Test
    void theHostsNetworkKeepsItsParameters() {
        assertEquals(Map.of(), DefaultContainer.sysctls(true, false));
        assertEquals(Map.of("net.ipv4.ip_unprivileged_port_start", "0"), DefaultContainer.sysctls(false, true));
    }

    @Test
    void capabilityNumbersAreThoseOfTheKernelsHeader() throws IOException {
        var numbers = new TreeMap<Integer, String>();
        for (String line : Files.readAllLines(Path.of("/usr/include/linux/capability.h"))) {
            var match = java.util.regex.Pattern.compile("#define (CAP_[A-Z_]+)\\s+(\\d+)").matcher(line);
            if (match.lookingAt()) {
                numbers.put(Integer.valueOf(match.group(2)), match.group(1));
            }
        }
        assertEquals(numbers.size(), Capability.values().length);
        for (Capability capability : Capability.values()) {
            assertEquals(numbers.get(capability.number()), capability.linuxName());
        }
    }

    @Test
    void masksGoThereAndBack() {
        assertEquals(DefaultContainer.CAPABILITIES, Capability.ofMask(Capability.mask(DefaultContainer.CAPABILITIES)));
        assertEquals(0xa80425fbL, Capability.mask(DefaultContainer.CAPABILITIES));
        assertEquals(Set.of(), Capability.ofMask(1L << 63));
    }

    @Test
    void aManifestAddsAndDropsCapabilities() {
        assertEquals(DefaultContainer.CAPABILITIES, Capability.of(security(List.of(), List.of())));
        assertEquals(Capability.all(), Capability.of(security(List.of("ALL"), List.of())));
        assertEquals(Set.of(), Capability.of(security(List.of(), List.of("all"))));
        assertEquals(Set.of(Capability.NET_ADMIN), Capability.of(security(List.of("cap_net_admin"), List.of("ALL"))));
        assertEquals(EnumSet.complementOf(EnumSet.of(Capability.SYS_ADMIN)), Capability.of(security(List.of("ALL"), List.of("SYS_ADMIN"))));
        assertEquals(DefaultContainer.CAPABILITIES, Capability.of(security(List.of("BPF"), List.of("CAP_BPF"))));
        var both = Capability.of(security(List.of("SYS_PTRACE"), List.of("NET_RAW")));
        assertTrue(both.contains(Capability.SYS_PTRACE) && !both.contains(Capability.NET_RAW) && both.size() == 14);
    }

    @Test
    void anUnknownCapabilityIsNamed() {
        var refused = assertThrows(IllegalArgumentException.class, () -> Capability.of(security(List.of("FLY"), List.of())));
        assertEquals("'FLY' is not a capability: capabilities(7) lists them, such as NET_ADMIN", refused.getMessage());
    }

    private static SecuritySpec security(List<String> add, List<String> drop) {
        return new SecuritySpec(OptionalInt.empty(), OptionalInt.empty(), false, true, add, drop);
    }

    private static String text(DeviceRule rule) {
        return (rule.allow() ? "allow " : "deny ") + rule.type() + " " + text(rule.major()) + ":" + text(rule.minor()) + " " + rule.access();
    }

    private static String text(OptionalInt number) {
        return number.isPresent() ? String.valueOf(number.getAsInt()) : "*";
    }
}
