package dev.stowbook.supervisor.manifest;

import dev.stowbook.supervisor.manifest.Shape.Field;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** Compares nodes with the field table. Goes on after an error, so that all are found. */
final class Checker {
    /** Aliases make a small file stand for a large one; this bounds the large one. */
    private static final int MOST_NODES = 50_000;

    /** No limit. */
    static final String MAX = "max";

    private final Problems problems;
    private int visited;

    Checker(Problems problems) {
        this.problems = problems;
    }

    /** The value of a node, or null if it is wrong, in which case the problems say why. */
    @Nullable Value check(Shape shape, Node node, String path) {
        if (++visited > MOST_NODES) {
            if (visited == MOST_NODES + 1) {
                problems.add(at(node), path, "the manifest stands for more than " + MOST_NODES + " values: use fewer aliases.");
            }
            return null;
        }
        if (!Scalars.knownTag(node.getTag())) {
            problems.add(at(node), path, "has the tag '" + Words.shortened(node.getTag().getValue()) + "'; tags are not supported: take it out.");
            return null;
        }
        return switch (shape) {
            case Shape.Fields fields -> fields(fields, node, path);
            case Shape.Items items -> items(items, node, path);
            case Shape.Pairs pairs -> pairs(pairs, node, path);
            case Shape.Text text -> text(text.rule(), node, path);
            case Shape.Word word -> word(word, node, path);
            case Shape.Whole whole -> whole.orMax() && isMax(node) ? new Value.Text(at(node), path, MAX) : whole(whole, node, path);
            case Shape.Limit limit -> limit(node, path);
            case Shape.Truth truth -> truth(node, path);
            case Shape.Amount amount -> amount.orMax() && isMax(node) ? new Value.Text(at(node), path, MAX) : amount(node, path);
        };
    }

    private static boolean isMax(Node node) {
        return node instanceof ScalarNode scalar && scalar.getValue().equals(MAX);
    }

    private Value.@Nullable Fields fields(Shape.Fields shape, Node node, String path) {
        if (!(node instanceof MappingNode mapping)) {
            return wrongType(node, path, "fields (" + String.join(", ", shape.names()) + ")");
        }
        Map<String, Value> values = new LinkedHashMap<>();
        Map<String, Node> seen = keys(mapping, path);
        for (Map.Entry<String, Node> entry : seen.entrySet()) {
            String name = entry.getKey();
            Field field = shape.field(name).orElse(null);
            if (field == null) {
                Node key = keyNode(mapping, name);
                problems.add(at(key), join(path, name), unknown(shape, name, path));
                continue;
            }
            Value value = check(field.shape(), entry.getValue(), join(path, name));
            if (value != null) {
                values.put(name, value);
            }
        }
        for (Field field : shape.fields()) {
            if (field.required() && !seen.containsKey(field.name())) {
                problems.add(at(mapping), join(path, field.name()), "is missing: add '" + field.name() + "', " + article(field.shape()) + ".");
            }
        }
        return new Value.Fields(at(node), path, values);
    }

    /** The keys of a mapping with their values, each once; keys that are no text and second ones become problems. */
    private Map<String, Node> keys(MappingNode mapping, String path) {
        Map<String, Node> seen = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            Node keyNode = tuple.getKeyNode();
            if (keyNode.getTag().equals(Tag.MERGE)) {
                problems.add(at(keyNode), path, "merge keys ('<<') are not supported: write the fields out.");
            } else if (!(keyNode instanceof ScalarNode key)) {
                problems.add(at(keyNode), path, "a field's name must be text, not " + kind(keyNode) + ".");
            } else if (seen.containsKey(key.getValue())) {
                problems.add(at(key), join(path, key.getValue()), "stands here a second time, after line "
                        + at(keyNode(mapping, key.getValue())).line() + ": keep one.");
            } else {
                seen.put(key.getValue(), tuple.getValueNode());
            }
        }
        return seen;
    }

    private static Node keyNode(MappingNode mapping, String name) {
        for (NodeTuple tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key && key.getValue().equals(name)) {
                return key;
            }
        }
        return mapping;
    }

    private static String unknown(Shape.Fields shape, String name, String path) {
        String note = shape.notYet().get(name);
        if (note != null) {
            return "is a field of Kubernetes that is not supported yet" + (note.isEmpty() ? ": take it out." : "; " + note + ".");
        }
        String near = Suggestion.nearest(name, shape.names()).orElse(null);
        if (near != null) {
            return "is no field of this object; did you mean '" + near + "'?";
        }
        String home = PodTable.home(name);
        String advice = home == null ? "the fields here are " + String.join(", ", shape.names()) : "it belongs to " + home;
        return "is no field " + (path.isEmpty() ? "of the document" : "of '" + path + "'") + "; " + advice + ".";
    }

    private Value.@Nullable Items items(Shape.Items shape, Node node, String path) {
        if (!(node instanceof SequenceNode sequence)) {
            return wrongType(node, path, "a list (lines that start with '- ')");
        }
        int size = sequence.getValue().size();
        if (size < shape.min() || size > shape.max()) {
            problems.add(at(node), path, "has " + size + " items; it may have " + shape.min() + " to " + shape.max() + ".");
            return null;
        }
        List<Value> values = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            Value value = check(shape.item(), sequence.getValue().get(i), path + "[" + i + "]");
            if (value != null) {
                values.add(value);
            }
        }
        return new Value.Items(at(node), path, values);
    }

    private Value.@Nullable Pairs pairs(Shape.Pairs shape, Node node, String path) {
        if (!(node instanceof MappingNode mapping)) {
            return wrongType(node, path, "names and texts, one 'name: text' a line");
        }
        if (mapping.getValue().size() > shape.max()) {
            problems.add(at(node), path, "has " + mapping.getValue().size() + " entries; it may have " + shape.max() + ".");
            return null;
        }
        Map<String, String> pairs = new TreeMap<>();
        keys(mapping, path).forEach((name, valueNode) -> {
            Value.Text key = text(shape.keys(), keyNode(mapping, name), path);
            Value value = check(new Shape.Text(shape.values()), valueNode, path + "[" + Words.shortened(name) + "]");
            if (key != null && value instanceof Value.Text text) {
                pairs.put(name, text.text());
            }
        });
        return new Value.Pairs(at(node), path, pairs);
    }

    private Value.@Nullable Text text(Rule rule, Node node, String path) {
        if (!(node instanceof ScalarNode scalar)) {
            return wrongType(node, path, "text");
        }
        String other = Scalars.otherThanText(scalar);
        if (other != null) {
            problems.add(at(node), path, scalar.getValue().isEmpty()
                    ? "has no value: give it one, \"\" for an empty text, or take the line out."
                    : "must be text, but YAML reads " + Words.shortened(scalar.getValue()) + " as " + other + ": put it in quotes, \""
                            + Words.shortened(scalar.getValue()) + "\".");
            return null;
        }
        if (!rule.holds(scalar.getValue())) {
            problems.add(at(node), path, rule.sentence(scalar.getValue()));
            return null;
        }
        return new Value.Text(at(node), path, scalar.getValue());
    }

    private Value.@Nullable Text word(Shape.Word shape, Node node, String path) {
        Value.Text text = text(Rule.ANY, node, path);
        if (text == null || shape.accepted().contains(text.text())) {
            return text;
        }
        String note = shape.notYet().get(text.text());
        problems.add(at(node), path, note != null
                ? "'" + text.text() + "' is not supported yet" + (note.isEmpty() ? "" : "; " + note) + ": use " + either(shape.accepted()) + "."
                : "must be " + either(shape.accepted()) + ", but is '" + Words.shortened(text.text()) + "'"
                        + Suggestion.ending(text.text(), shape.accepted()));
        return null;
    }

    private Value.@Nullable Whole whole(Shape.Whole shape, Node node, String path) {
        String expected = "a whole number from " + shape.min() + " to " + shape.max();
        if (!(node instanceof ScalarNode scalar) || scalar.getValue().isEmpty() && scalar.getScalarStyle() == ScalarStyle.PLAIN) {
            return wrongType(node, path, expected);
        }
        String written = scalar.getValue();
        if (scalar.getScalarStyle() != ScalarStyle.PLAIN) {
            problems.add(at(node), path, "must be " + expected + ", but is text: take the quotes off.");
        } else if (!Scalars.decimal(written)) {
            problems.add(at(node), path, "must be " + expected + " in plain decimal digits, but is '" + Words.shortened(written) + "'.");
        } else if (written.length() > 18 || Long.parseLong(written) < shape.min() || Long.parseLong(written) > shape.max()) {
            problems.add(at(node), path, "must be " + expected + ", but is " + Words.shortened(written) + ".");
        } else {
            return new Value.Whole(at(node), path, Long.parseLong(written));
        }
        return null;
    }

    private @Nullable Value limit(Node node, String path) {
        if (node instanceof ScalarNode scalar && scalar.getValue().equals(Shape.Limit.NONE)) {
            return new Value.Text(at(node), path, Shape.Limit.NONE);
        }
        if (node instanceof ScalarNode scalar && !scalar.getValue().isEmpty() && !Scalars.decimal(scalar.getValue())) {
            problems.add(at(node), path, "must be a whole number or unlimited, but is '" + Words.shortened(scalar.getValue()) + "'.");
            return null;
        }
        return whole(new Shape.Whole(0, Long.MAX_VALUE), node, path);
    }

    private Value.@Nullable Truth truth(Node node, String path) {
        if (!(node instanceof ScalarNode scalar)) {
            return wrongType(node, path, "true or false");
        }
        boolean plain = scalar.getScalarStyle() == ScalarStyle.PLAIN;
        if (plain && (scalar.getValue().equals("true") || scalar.getValue().equals("false"))) {
            return new Value.Truth(at(node), path, scalar.getValue().equals("true"));
        }
        problems.add(at(node), path, "must be true or false, without quotes, but is '" + Words.shortened(scalar.getValue()) + "'.");
        return null;
    }

    private Value.@Nullable Amount amount(Node node, String path) {
        if (!(node instanceof ScalarNode scalar) || scalar.getValue().isEmpty()) {
            return wrongType(node, path, "a quantity such as 1, 500m or 64Mi");
        }
        try {
            return new Value.Amount(at(node), path, Quantity.parse(scalar.getValue()));
        } catch (IllegalArgumentException e) {
            problems.add(at(node), path, Words.printable(String.valueOf(e.getMessage())) + ".");
            return null;
        }
    }

    private <T extends Value> @Nullable T wrongType(Node node, String path, String expected) {
        boolean nothing = node instanceof ScalarNode scalar && scalar.getValue().isEmpty() && scalar.getScalarStyle() == ScalarStyle.PLAIN;
        problems.add(at(node), path, nothing
                ? "has no value: it must be " + expected + ", or take the line out."
                : "must be " + expected + ", but is " + kind(node) + ".");
        return null;
    }

    private static String kind(Node node) {
        return switch (node.getNodeId()) {
            case scalar -> "the single value '" + Words.shortened(((ScalarNode) node).getValue()) + "'";
            case sequence -> "a list";
            case mapping -> "an object with fields";
            case anchor -> "an alias";
        };
    }

    private static String article(Shape shape) {
        return switch (shape) {
            case Shape.Text text -> "a text";
            case Shape.Items items -> "a list";
            case Shape.Whole whole -> "a " + whole.title();
            case Shape.Word word -> either(word.accepted());
            case Shape.Fields fields -> "an object with " + String.join(", ", fields.names());
            case Shape.Truth truth -> truth.title();
            case Shape.Limit limit -> "a " + limit.title();
            case Shape.Amount amount -> "a " + amount.title();
            case Shape.Pairs pairs -> pairs.title();
        };
    }

    private static String either(List<String> words) {
        int last = words.size() - 1;
        return last == 0 ? "'" + words.get(0) + "'" : String.join(", ", words.subList(0, last)) + " or " + words.get(last);
    }

    static String join(String path, String name) {
        String printable = Words.shortened(name);
        return path.isEmpty() ? printable : path + "." + printable;
    }

    static Place at(Node node) {
        return Place.of(node.getStartMark());
    }
}
