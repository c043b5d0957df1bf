package dev.stowbook.supervisor.manifest;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;

/** What a field may hold: the vocabulary of the field table ({@link PodTable}). */
sealed interface Shape {

    /** How documents call it: {@code text}, {@code whole number}. */
    String title();

    /**
     * A string.
     *
     * @param rule what it must look like
     */
    record Text(Rule rule) implements Shape {
        @Override
        public String title() {
            return "text";
        }
    }

    /**
     * One of several words.
     *
     * @param accepted those that are supported
     * @param notYet those that exist in Kubernetes, and what to say about them
     */
    record Word(List<String> accepted, SortedMap<String, String> notYet) implements Shape {
        @Override
        public String title() {
            return "one of " + String.join(", ", accepted);
        }
    }

    /**
     * A whole number.
     *
     * @param min at least
     * @param max at most
     * @param orMax whether {@code max}, for no limit, will do, too
     */
    record Whole(long min, long max, boolean orMax) implements Shape {
        Whole(long min, long max) {
            this(min, max, false);
        }

        @Override
        public String title() {
            return "whole number, " + min + " to " + max + (orMax ? ", or `max`" : "");
        }
    }

    /** A whole number from 0 on, or the word {@code unlimited}. */
    record Limit() implements Shape {
        static final String NONE = "unlimited";

        @Override
        public String title() {
            return "whole number or unlimited";
        }
    }

    /** true or false. */
    record Truth() implements Shape {
        @Override
        public String title() {
            return "true or false";
        }
    }

    /**
     * An amount with a unit.
     *
     * @param orMax whether {@code max}, for no limit, will do, too
     */
    record Amount(boolean orMax) implements Shape {
        Amount() {
            this(false);
        }

        @Override
        public String title() {
            return orMax ? "quantity or `max`" : "quantity";
        }
    }

    /**
     * A list.
     *
     * @param item what each item is
     * @param min how many at least
     * @param max how many at most
     */
    record Items(Shape item, int min, int max) implements Shape {
        @Override
        public String title() {
            return "list";
        }
    }

    /**
     * Free names with string values.
     *
     * @param keys what each name must look like
     * @param values what each value must look like
     * @param max how many at most
     */
    record Pairs(Rule keys, Rule values, int max) implements Shape {
        @Override
        public String title() {
            return "names and texts";
        }
    }

    /**
     * Fields.
     *
     * @param fields those that are supported
     * @param notYet Kubernetes fields that are not, and what to do instead; empty if there is nothing to say
     */
    record Fields(List<Field> fields, SortedMap<String, String> notYet) implements Shape {
        public Fields {
            fields = List.copyOf(fields);
        }

        @Override
        public String title() {
            return "fields";
        }

        Optional<Field> field(String name) {
            for (Field field : fields) {
                if (field.name().equals(name)) {
                    return Optional.of(field);
                }
            }
            return Optional.empty();
        }

        List<String> names() {
            return fields.stream().map(Field::name).toList();
        }
    }

    /**
     * A row of the field table.
     *
     * @param name the field
     * @param shape what it holds
     * @param required whether it must be there
     * @param meaning what it does, its default included; a sentence of the documentation
     */
    record Field(String name, Shape shape, boolean required, String meaning) {
        static Field must(String name, Shape shape, String meaning) {
            return new Field(name, shape, true, meaning);
        }

        static Field may(String name, Shape shape, String meaning) {
            return new Field(name, shape, false, meaning);
        }

        static List<Field> join(List<Field> some, List<Field> more) {
            return Stream.concat(some.stream(), more.stream()).toList();
        }
    }
}
