package dev.stowbook.supervisor.log.codec;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/** Makes a value of any type that has a shape, every optional one present; always the same one. */
final class Samples {
    private final boolean full;
    private int counter;

    private Samples(boolean full) {
        this.full = full;
    }

    /** With everything there. */
    static Object full(Class<?> type) {
        return new Samples(true).record(type);
    }

    /** With everything left out that can be. */
    static Object sparse(Class<?> type) {
        return new Samples(false).record(type);
    }

    private Object record(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Object[] values = Arrays.stream(components)
                .map(c -> c.getName().equals("value") ? "%064x".formatted(++counter) : value(c.getGenericType(), c.getName()))
                .toArray();
        try {
            return type.getDeclaredConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(type + " does not accept " + Arrays.toString(values), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private Object value(Type type, String name) {
        counter++;
        if (type instanceof ParameterizedType generic) {
            return generic(generic, name);
        }
        Class<?> plain = (Class<?>) type;
        if (plain.isEnum()) {
            return plain.getEnumConstants()[counter % plain.getEnumConstants().length];
        }
        if (plain.isRecord()) {
            return record(plain);
        }
        return scalar(plain, name);
    }

    private Object scalar(Class<?> type, String name) {
        if (type == String.class) {
            return full ? name + " \"" + counter + "\" \u00e9\u20ac\n" : "";
        } else if (type == int.class || type == Integer.class) {
            return counter;
        } else if (type == long.class || type == Long.class) {
            return name.equals("count") ? (long) counter : (long) Integer.MAX_VALUE + counter;
        } else if (type == boolean.class || type == Boolean.class) {
            return full;
        } else if (type == Instant.class) {
            return Instant.parse("2026-11-21T10:00:00.123456789Z").plusSeconds(counter);
        } else if (type == Duration.class) {
            return Duration.ofMillis(1500L * counter);
        } else if (type == OptionalInt.class) {
            return full ? OptionalInt.of(counter) : OptionalInt.empty();
        } else if (type == OptionalLong.class) {
            return full ? OptionalLong.of(counter) : OptionalLong.empty();
        }
        throw new IllegalArgumentException("no sample of " + type);
    }

    private Object generic(ParameterizedType type, String name) {
        Type[] arguments = type.getActualTypeArguments();
        if (type.getRawType() == Optional.class) {
            return full ? Optional.of(value(arguments[0], name)) : Optional.empty();
        } else if (type.getRawType() == List.class) {
            return full ? List.of(value(arguments[0], name), value(arguments[0], name)) : List.of();
        } else if (type.getRawType() == SortedMap.class || type.getRawType() == PSortedMap.class) {
            TreeMap<Object, Object> map = new TreeMap<>();
            for (int i = 0; full && i < 2; i++) {
                map.put(value(arguments[0], name), value(arguments[1], name));
            }
            return type.getRawType() == SortedMap.class ? map : persistent(map);
        }
        throw new IllegalArgumentException("no sample of " + type);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Object persistent(TreeMap<?, ?> map) {
        return TreePMap.from((TreeMap) map);
    }
}
