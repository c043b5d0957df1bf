package dev.stowbook.supervisor.cli;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Events as a person reads them. */
final class EventText {
    private static final int MOST_CHARACTERS = 110;

    private EventText() {}

    /** {@code dev.stowbook.ProcessStarted.v1} as {@code ProcessStarted}. */
    static String type(String type) {
        int end = type.lastIndexOf(".v");
        String named = end > 0 ? type.substring(0, end) : type;
        return named.substring(named.lastIndexOf('.') + 1);
    }

    static Colour colour(String type) {
        if (type.endsWith("Failed") || type.endsWith("Lost") || type.equals("OomKilled") || type.endsWith("Exhausted") || type.endsWith("Dropped")) {
            return Colour.RED;
        }
        if (type.equals("ProcessStarted") || type.equals("ExecStarted") || type.endsWith("Created")) {
            return Colour.GREEN;
        }
        return type.endsWith("Exited") || type.endsWith("Scheduled") || type.endsWith("Killed") ? Colour.YELLOW : Colour.CYAN;
    }

    /** The telling parts of an event's data: {@code name=web exit.code=3}. Ids and plans are left out; they are in {@code -o json}. */
    static String data(JsonObject data) {
        StringBuilder out = new StringBuilder();
        append(out, "", data.map());
        String text = out.toString().strip();
        return text.length() > MOST_CHARACTERS ? text.substring(0, MOST_CHARACTERS) + "..." : text;
    }

    private static void append(StringBuilder out, String prefix, Map<?, ?> map) {
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String name = prefix + entry.getKey();
            if (out.length() > MOST_CHARACTERS || hidden(name, entry.getValue())) {
                continue;
            }
            if (name.equals("tookMicros") && entry.getValue() instanceof Number micros) {
                out.append(" took=").append(micros.longValue() / 1000).append('.').append(micros.longValue() % 1000 / 100).append("ms");
            } else if (entry.getValue() instanceof Map<?, ?> below) {
                append(out, name + ".", below);
            } else if (entry.getValue() instanceof List<?> list) {
                out.append(' ').append(name).append('=').append(scalars(list) ? list : list.size() + " items");
            } else {
                out.append(' ').append(name).append('=').append(quoted(String.valueOf(entry.getValue())));
            }
        }
    }

    private static boolean scalars(List<?> list) {
        for (Object item : list) {
            if (item instanceof Map || item instanceof List) {
                return false;
            }
        }
        return true;
    }

    /** Ids, plans, paths, what the kernel was told in full, and what is as it usually is. */
    private static boolean hidden(String name, @Nullable Object value) {
        boolean usual = value == null || value.equals("") || value.equals(false) || value instanceof List<?> list && list.isEmpty()
                || value instanceof Number number && number.longValue() == 0 && !name.endsWith("code");
        return usual || name.endsWith(".bootId") || name.endsWith(".startTicks") || switch (name) {
            case "pod", "container", "exec", "network", "image.id", "imageId", "step", "steps", "spec", "namespaces", "pidNamespace", "written", "clamped",
                    "keeper", "holder", "lower", "upper", "work", "exit.finishedAt", "process.argv", "process.env", "process.workingDir", "process.user", "process.stopSignal", "resources",
                    "security", "labels" -> true;
            default -> false;
        };
    }

    private static String quoted(String text) {
        return text.indexOf(' ') >= 0 ? "\"" + text + "\"" : text;
    }
}
