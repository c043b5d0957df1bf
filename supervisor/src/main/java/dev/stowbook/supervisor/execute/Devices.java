package dev.stowbook.supervisor.execute;

import dev.stowbook.spi.cgroup.DeviceRule;
import dev.stowbook.supervisor.keeper.RootPlan.DevicePlan;
import dev.stowbook.supervisor.model.DeviceSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Devices of the host that a manifest names, as nodes of the container's /dev and as rules of its group. Looks at the host's /dev. */
final class Devices {
    private static final int MOST_IN_A_DIRECTORY = 256;
    private static final int FILE_TYPE = 0170000;
    private static final int CHARACTER = 0020000;
    private static final int BLOCK = 0060000;
    private static final int PERMISSIONS = 0777;
    private static final int FOR_EVERYBODY = 0666;

    private Devices() {}

    /** Nodes; a directory stands for all devices below it. @throws StartFailure naming what is no device */
    static List<DevicePlan> nodes(List<DeviceSpec> devices) throws StartFailure {
        List<DevicePlan> nodes = new ArrayList<>();
        for (DeviceSpec device : devices) {
            if (!device.device().startsWith("/")) {
                String[] parts = device.device().split(":");
                nodes.add(new DevicePlan(
                        device.path(), parts[0].charAt(0), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]), FOR_EVERYBODY, 0, 0));
            } else if (Files.isDirectory(Path.of(device.device()))) {
                below(device, nodes);
            } else {
                nodes.add(node(Path.of(device.device()), device.path()));
            }
        }
        return nodes;
    }

    /** Rules that let these devices be used; to come after those of every container. */
    static List<DeviceRule> rules(List<DeviceSpec> devices) throws StartFailure {
        List<DeviceRule> rules = new ArrayList<>();
        for (DeviceSpec device : devices) {
            for (DevicePlan node : nodes(List.of(device))) {
                rules.add(new DeviceRule(true, node.type(), OptionalInt.of(node.major()), OptionalInt.of(node.minor()), device.access()));
            }
        }
        return rules;
    }

    private static void below(DeviceSpec device, List<DevicePlan> nodes) throws StartFailure {
        Path directory = Path.of(device.device());
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::exists).filter(f -> !Files.isDirectory(f)).sorted().limit(MOST_IN_A_DIRECTORY).toList()) {
                nodes.add(node(file, device.path() + "/" + directory.relativize(file)));
            }
        } catch (IOException e) {
            throw noDevice(directory, "it cannot be listed: " + e.getMessage());
        }
    }

    private static DevicePlan node(Path file, String path) throws StartFailure {
        Map<String, Object> status;
        try {
            status = Files.readAttributes(file, "unix:mode,rdev,uid,gid");
        } catch (IOException e) {
            throw noDevice(file, "the host has no such node");
        }
        int mode = (int) status.get("mode");
        int type = mode & FILE_TYPE;
        if (type != CHARACTER && type != BLOCK) {
            throw noDevice(file, "it is no device");
        }
        long number = (long) status.get("rdev");
        return new DevicePlan(
                path, type == CHARACTER ? 'c' : 'b', major(number), minor(number), mode & PERMISSIONS, (int) status.get("uid"),
                (int) status.get("gid"));
    }

    /** Source: makedev(3); the C library's 64-bit layout, which the JDK passes on. */
    private static int major(long number) {
        return (int) (number >>> 8 & 0xfff | number >>> 32 & ~0xfffL);
    }

    private static int minor(long number) {
        return (int) (number & 0xff | number >>> 12 & ~0xffL);
    }

    private static StartFailure noDevice(Path file, String why) {
        return new StartFailure("devices", 0, 128, "device " + file + ": " + why + "; correct stowbook.devices of the manifest");
    }
}
