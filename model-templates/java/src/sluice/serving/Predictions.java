package sluice.serving;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** From what a predictor returned to one entry a record, as JSON. */
final class Predictions {
    private Predictions() {}

    /**
     * One entry a record: the bare value of one output, an object by name of several.
     *
     * @param names of the outputs; null where nobody said
     */
    static String asJson(Object returned, List<String> names, int records) {
        var columns = named(returned, names);
        columns.forEach((name, column) -> {
            if (sizeOf(column) < 0) throw new WrongAnswer("the output " + name + " is " + kindOf(column) + ": return one entry a record");
            if (sizeOf(column) != records)
                throw new WrongAnswer("the output " + name + " has " + sizeOf(column) + " entries for " + records + " records");
        });
        if (columns.size() == 1) return JsonWriter.textOf(columns.values().iterator().next());
        List<Map<String, Object>> rows = new ArrayList<>();
        for (var record = 0; record < records; record += 1) {
            Map<String, Object> row = new LinkedHashMap<>();
            for (var column : columns.entrySet()) row.put(column.getKey(), at(column.getValue(), record));
            rows.add(row);
        }
        return JsonWriter.textOf(rows);
    }

    private static Map<String, Object> named(Object returned, List<String> names) {
        if (returned instanceof Map<?, ?> map) return ofMap(map, names);
        if (sizeOf(returned) < 0)
            throw new WrongAnswer("it returned " + kindOf(returned) + ": return one entry a record, or a Map of them by output name");
        if (names == null) return Map.of("prediction", returned);
        var rows = rowsOf(returned);
        if (rows == null && names.size() == 1) return Map.of(names.get(0), returned);
        if (rows == null) throw new WrongAnswer("it returned one output: return a Map with " + String.join(", ", names));
        Map<String, Object> columns = new LinkedHashMap<>();
        for (var name : names) {
            List<Object> column = new ArrayList<>();
            for (var row : rows) {
                if (!row.containsKey(name)) throw new WrongAnswer("the output " + name + " is missing in entry " + column.size());
                column.add(row.get(name));
            }
            columns.put(name, column);
        }
        return columns;
    }

    private static Map<String, Object> ofMap(Map<?, ?> map, List<String> names) {
        if (map.isEmpty()) throw new WrongAnswer("it returned an empty Map: return one entry a record by output name");
        Map<String, Object> columns = new LinkedHashMap<>();
        if (names == null) map.forEach((name, column) -> columns.put(String.valueOf(name), column));
        else
            for (var name : names) {
                if (!map.containsKey(name))
                    throw new WrongAnswer("the output " + name + " is missing: it returned "
                            + String.join(", ", map.keySet().stream().map(String::valueOf).sorted().toList()));
                columns.put(name, map.get(name));
            }
        return columns;
    }

    /** Entries that are objects by name: null where one is none. */
    private static List<Map<?, ?>> rowsOf(Object list) {
        List<Map<?, ?>> rows = new ArrayList<>();
        for (var i = 0; i < sizeOf(list); i += 1) {
            var row = at(list, i);
            if (row instanceof Map<?, ?> map) rows.add(map);
            else if (row instanceof Record record) rows.add(Records.asMap(record));
            else return null;
        }
        return rows.isEmpty() ? null : rows;
    }

    /** How many entries there are; -1 where it is no list of entries. */
    private static int sizeOf(Object column) {
        if (column instanceof Collection<?> list) return list.size();
        return column != null && column.getClass().isArray() ? Array.getLength(column) : -1;
    }

    private static Object at(Object column, int record) {
        if (column instanceof List<?> list) return list.get(record);
        if (column instanceof Collection<?> collection) return collection.toArray()[record];
        return Array.get(column, record);
    }

    private static String kindOf(Object value) {
        return value == null ? "null" : "a " + value.getClass().getName();
    }
}
