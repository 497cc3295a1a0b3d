package sluice.serving;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import sluice.Columns;
import sluice.serving.Version.Field;

/** The columns of a request, each value of the type that is declared. */
final class InputColumns implements Columns {
    private final Map<String, List<Object>> columns;
    private final int records;

    private InputColumns(Map<String, List<Object>> columns, int records) {
        this.columns = columns;
        this.records = records;
    }

    /**
     * @param fields what the model takes; null where nobody said, and then everything is taken as it comes
     * @throws BadRequest naming the input, and the record where it is one
     */
    static InputColumns read(List<Field> fields, Object inputs) {
        if (!(inputs instanceof Map<?, ?> given) || given.isEmpty())
            throw new BadRequest("the request has no inputs: send {\"inputs\": {\"name\": [one value a record, …]}}");
        var names = fields == null ? given.keySet().stream().map(String::valueOf).toList() : fields.stream().map(Field::name).toList();
        for (var name : given.keySet())
            if (!names.contains(name))
                throw new BadRequest("input " + name + " is unknown: the inputs are " + String.join(", ", names));
        Map<String, List<Object>> columns = new LinkedHashMap<>();
        for (var name : names) columns.put(name, columnOf(name, given));
        var first = names.get(0);
        var records = columns.get(first).size();
        for (var name : names)
            if (columns.get(name).size() != records)
                throw new BadRequest("input " + name + " has " + columns.get(name).size() + " values, " + first + " has " + records);
        if (fields != null) for (var field : fields) columns.computeIfPresent(field.name(), (name, values) -> typed(field, values));
        return new InputColumns(columns, records);
    }

    @SuppressWarnings("unchecked")
    private static List<Object> columnOf(String name, Map<?, ?> given) {
        if (!given.containsKey(name)) throw new BadRequest("input " + name + " is missing");
        if (given.get(name) instanceof List<?> list) return (List<Object>) list;
        throw new BadRequest("input " + name + " is no list with one value a record");
    }

    private static List<Object> typed(Field field, List<Object> values) {
        List<Object> found = new ArrayList<>(values.size());
        for (var record = 0; record < values.size(); record += 1)
            found.add(Elements.read(field.type(), field.shape(), values.get(record), "input " + field.name() + ": record " + record));
        return found;
    }

    @Override
    public int records() {
        return records;
    }

    @Override
    public Set<String> names() {
        return columns.keySet();
    }

    @Override
    public List<Object> values(String input) {
        var column = columns.get(input);
        if (column == null) throw new IllegalArgumentException("there is no input '" + input + "': the inputs are " + String.join(", ", names()));
        return column;
    }

    @Override
    public double[] doubles(String input) {
        return values(input).stream().mapToDouble(number(input)).toArray();
    }

    @Override
    public float[] floats(String input) {
        var wide = doubles(input);
        var found = new float[records];
        for (var i = 0; i < records; i += 1) found[i] = (float) wide[i];
        return found;
    }

    @Override
    public long[] longs(String input) {
        return values(input).stream().mapToLong(value -> wholeOf(input, value)).toArray();
    }

    @Override
    public int[] ints(String input) {
        return values(input).stream().mapToInt(value -> Math.toIntExact(wholeOf(input, value))).toArray();
    }

    @Override
    public boolean[] booleans(String input) {
        var found = new boolean[records];
        var at = 0;
        for (var value : values(input)) found[at++] = as(Boolean.class, input, value);
        return found;
    }

    @Override
    public String[] strings(String input) {
        return values(input).stream().map(value -> as(String.class, input, value)).toArray(String[]::new);
    }

    @Override
    public double[][] rows(String input) {
        return values(input).stream().map(value -> {
            List<Object> leaves = new ArrayList<>();
            flatten(value, leaves);
            return leaves.stream().mapToDouble(number(input)).toArray();
        }).toArray(double[][]::new);
    }

    private static void flatten(Object value, List<Object> into) {
        if (value instanceof List<?> list) for (var item : list) flatten(item, into);
        else into.add(value);
    }

    private static ToDoubleFunction<Object> number(String input) {
        return value -> as(Number.class, input, value).doubleValue();
    }

    private static long wholeOf(String input, Object value) {
        if (value instanceof BigInteger big) return big.longValueExact();
        return as(Long.class, input, value);
    }

    private static <T> T as(Class<T> wanted, String input, Object value) {
        if (wanted.isInstance(value)) return wanted.cast(value);
        var kind = value == null ? "null" : value.getClass().getSimpleName();
        throw new IllegalArgumentException("the input '" + input + "' holds a " + kind + ", which is no " + wanted.getSimpleName());
    }
}
