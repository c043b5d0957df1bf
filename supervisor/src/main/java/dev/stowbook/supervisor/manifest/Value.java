package dev.stowbook.supervisor.manifest;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A part of a manifest that keeps to the field table, with its place. Wrong parts are absent. */
sealed interface Value {
    Place place();

    String path();

    record Text(Place place, String path, String text) implements Value {}

    record Whole(Place place, String path, long number) implements Value {}

    record Truth(Place place, String path, boolean truth) implements Value {}

    record Amount(Place place, String path, Quantity quantity) implements Value {}

    record Items(Place place, String path, List<Value> items) implements Value {}

    record Pairs(Place place, String path, Map<String, String> pairs) implements Value {}

    /** Fields by name, with typed access. */
    record Fields(Place place, String path, Map<String, Value> values) implements Value {

        Optional<String> text(String name) {
            return values.get(name) instanceof Text text ? Optional.of(text.text) : Optional.empty();
        }

        Optional<Long> whole(String name) {
            return values.get(name) instanceof Whole whole ? Optional.of(whole.number) : Optional.empty();
        }

        /** Whether a field that may be {@code max} is. */
        boolean isMax(String name) {
            return values.get(name) instanceof Text text && text.text.equals(Checker.MAX);
        }

        Optional<Boolean> truth(String name) {
            return values.get(name) instanceof Truth truth ? Optional.of(truth.truth) : Optional.empty();
        }

        Optional<Amount> amount(String name) {
            return values.get(name) instanceof Amount amount ? Optional.of(amount) : Optional.empty();
        }

        Map<String, String> pairs(String name) {
            return values.get(name) instanceof Pairs pairs ? pairs.pairs : Map.of();
        }

        /** The fields below a name; none if it is not there. */
        Fields fields(String name) {
            return values.get(name) instanceof Fields fields ? fields : new Fields(place, path, Map.of());
        }

        List<Fields> objects(String name) {
            return values.get(name) instanceof Items items
                    ? items.items.stream().filter(Fields.class::isInstance).map(Fields.class::cast).toList()
                    : List.of();
        }

        List<Text> texts(String name) {
            return values.get(name) instanceof Items items
                    ? items.items.stream().filter(Text.class::isInstance).map(Text.class::cast).toList()
                    : List.of();
        }

        List<Whole> wholes(String name) {
            return values.get(name) instanceof Items items
                    ? items.items.stream().filter(Whole.class::isInstance).map(Whole.class::cast).toList()
                    : List.of();
        }

        /** Where a field is; where the object is, if the field is absent. */
        Place placeOf(String name) {
            Value value = values.get(name);
            return value == null ? place : value.place();
        }

        String pathOf(String name) {
            return path.isEmpty() ? name : path + "." + name;
        }
    }
}
