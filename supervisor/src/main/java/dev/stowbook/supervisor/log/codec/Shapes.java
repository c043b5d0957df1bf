package dev.stowbook.supervisor.log.codec;

import com.fasterxml.jackson.core.io.SerializedString;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import org.pcollections.PSortedMap;

/** Finds the shape of a type by looking at it. A type that has no defined shape is refused when the program starts. One thread. */
final class Shapes {
    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

    private final Map<Type, Shape> known = new HashMap<>();

    Shapes() {
        known.put(String.class, TextShape.string());
        known.put(Instant.class, TextShape.instant());
        known.put(Duration.class, TextShape.duration());
        known.put(int.class, ScalarShape.INT);
        known.put(Integer.class, ScalarShape.INT);
        known.put(long.class, ScalarShape.LONG);
        known.put(Long.class, ScalarShape.LONG);
        known.put(boolean.class, ScalarShape.BOOLEAN);
        known.put(Boolean.class, ScalarShape.BOOLEAN);
        known.put(OptionalInt.class, OptionalShape.ofInt());
        known.put(OptionalLong.class, OptionalShape.ofLong());
    }

    /** The shape of a type. @throws IllegalArgumentException if it has none */
    Shape of(Type type) {
        Shape shape = known.get(type);
        if (shape == null) {
            shape = make(type);
            known.put(type, shape);
        }
        return shape;
    }

    /** The shape of a record as an object, even if it has one component only. */
    RecordShape ofRecord(Class<?> type) {
        List<RecordShape.Field> fields = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            fields.add(new RecordShape.Field(
                    new SerializedString(component.getName()), of(component.getGenericType()), accessor(component)));
        }
        MethodHandle constructor = constructor(type);
        return new RecordShape(
                type.getSimpleName(),
                fields,
                constructor
                        .asType(constructor.type().generic())
                        .asSpreader(Object[].class, fields.size()));
    }

    private Shape make(Type type) {
        if (type instanceof ParameterizedType generic) {
            return makeGeneric(generic);
        }
        if (type instanceof Class<?> plain && plain.isEnum()) {
            return TextShape.constant(plain);
        }
        if (type instanceof Class<?> plain && plain.isRecord()) {
            RecordComponent[] components = plain.getRecordComponents();
            if (components.length == 1 && components[0].getType() == String.class) {
                MethodHandle constructor = constructor(plain);
                return TextShape.wrapped(constructor.asType(constructor.type().generic()), accessor(components[0]));
            }
            return ofRecord(plain);
        }
        throw new IllegalArgumentException(type + " has no defined shape in JSON");
    }

    private Shape makeGeneric(ParameterizedType type) {
        Type[] arguments = type.getActualTypeArguments();
        if (type.getRawType() == Optional.class) {
            return OptionalShape.of(of(arguments[0]));
        }
        if (type.getRawType() == List.class) {
            return new ListShape(of(arguments[0]));
        }
        if (type.getRawType() == SortedMap.class || type.getRawType() == PSortedMap.class) {
            return new MapShape(key(arguments[0]), of(arguments[1]), type.getRawType() == PSortedMap.class);
        }
        throw new IllegalArgumentException(type + " has no defined shape in JSON: only lists and sorted maps keep their order");
    }

    private TextShape key(Type type) {
        if (type == Long.class) {
            return TextShape.number();
        }
        if (of(type) instanceof TextShape text) {
            return text;
        }
        throw new IllegalArgumentException(type + " cannot be a key in JSON");
    }

    private static MethodHandle constructor(Class<?> type) {
        Class<?>[] parameters =
                Arrays.stream(type.getRecordComponents()).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            return LOOKUP.findConstructor(type, MethodType.methodType(void.class, parameters));
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(type + " is not a public record: " + e.getMessage(), e);
        }
    }

    private static MethodHandle accessor(RecordComponent component) {
        try {
            return LOOKUP.unreflect(component.getAccessor()).asType(MethodType.methodType(Object.class, Object.class));
        } catch (IllegalAccessException e) {
            throw new IllegalArgumentException(component + " is not public: " + e.getMessage(), e);
        }
    }
}
