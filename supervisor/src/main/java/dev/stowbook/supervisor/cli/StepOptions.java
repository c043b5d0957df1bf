package dev.stowbook.supervisor.cli;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Options of {@code build} that say how the commands of its steps run, as the fields of a manifest that say the same. */
final class StepOptions {
    private StepOptions() {}

    /** The parameter {@code run} of the request; null if none is given. */
    static @Nullable String of(Arguments arguments) {
        Map<String, Object> run = LimitOptions.of(arguments);
        put(run, List.of("stowbook", "ulimits"), arguments.all("ulimit").stream().map(StepOptions::ulimit).toList());
        put(run, List.of("hostAliases"), arguments.all("add-host").stream().map(StepOptions::host).toList());
        network(run, arguments.all("network"));
        String shm = arguments.option("shm-size");
        if (shm != null) {
            LimitOptions.put(run, List.of("stowbook", "shm", "sizeLimit"), shm);
        }
        return run.isEmpty() ? null : new String(Json.compact(run), StandardCharsets.UTF_8);
    }

    private static void put(Map<String, Object> run, List<String> place, List<?> values) {
        if (!values.isEmpty()) {
            LimitOptions.put(run, place, values);
        }
    }

    private static void network(Map<String, Object> run, List<String> names) {
        boolean single = names.size() == 1;
        if (single && names.getFirst().equals("host")) {
            run.put("hostNetwork", true);
        } else if (single && (names.getFirst().equals("none") || names.getFirst().startsWith("pod:"))) {
            LimitOptions.put(run, List.of("stowbook", "network"), names.getFirst());
        } else {
            put(run, List.of("stowbook", "networks"), names.stream().map(name -> Map.of("name", name)).toList());
        }
    }

    /** {@code nofile=1024:2048}; the second is the hard limit, and as the first if it is not given. */
    private static Map<String, Object> ulimit(String text) {
        String[] parts = text.split("[=:]", -1);
        if (parts.length < 2 || parts.length > 3 || text.indexOf('=') != parts[0].length()) {
            throw Failure.usage("--ulimit takes NAME=SOFT or NAME=SOFT:HARD, such as nofile=1024:2048, not '" + text + "'.");
        }
        Map<String, Object> limit = new LinkedHashMap<>();
        limit.put("name", parts[0]);
        limit.put("soft", amount(parts[1]));
        if (parts.length == 3) {
            limit.put("hard", amount(parts[2]));
        }
        return limit;
    }

    private static Object amount(String text) {
        return text.equals("-1") ? "unlimited" : text.matches("[0-9]{1,18}") ? (Object) Long.valueOf(text) : text;
    }

    /** {@code NAME:ADDRESS} or {@code NAME=ADDRESS}; an IPv6 address may be in brackets. */
    private static Map<String, Object> host(String text) {
        int sign = text.indexOf('=') >= 0 ? text.indexOf('=') : text.indexOf(':');
        if (sign <= 0 || sign == text.length() - 1) {
            throw Failure.usage("--add-host takes NAME:ADDRESS, such as db:10.0.0.5, not '" + text + "'.");
        }
        String address = text.substring(sign + 1);
        boolean bracketed = address.startsWith("[") && address.endsWith("]");
        Map<String, Object> alias = new LinkedHashMap<>();
        alias.put("ip", bracketed ? address.substring(1, address.length() - 1) : address);
        alias.put("hostnames", new ArrayList<>(List.of(text.substring(0, sign))));
        return alias;
    }
}
