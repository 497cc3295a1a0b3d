package sluice.serving;

import java.lang.reflect.Array;
import java.math.BigInteger;
import java.time.temporal.TemporalAccessor;
import java.util.Date;
import java.util.Map;

/**
 * Writes plain values of Java as JSON: null for what is no finite number, strings of digits for integers beyond 2^53, a
 * Java record by its components.
 */
final class JsonWriter {
    private static final long SAFE = (1L << 53) - 1;
    private static final BigInteger LARGEST_SAFE = BigInteger.valueOf(SAFE);

    private final StringBuilder text = new StringBuilder();

    /** @throws WrongAnswer where JSON cannot carry the value */
    static String textOf(Object value) {
        var writer = new JsonWriter();
        writer.write(value);
        return writer.text.toString();
    }

    void write(Object value) {
        if (value == null) text.append("null");
        else if (value instanceof Number number) number(number);
        else if (value instanceof CharSequence || value instanceof Character) string(value.toString());
        else if (value instanceof Boolean) text.append(value);
        else if (value instanceof Map<?, ?> map) object(map);
        else if (value instanceof Iterable<?> list) list(list);
        else if (value.getClass().isArray()) array(value);
        else if (value instanceof Record record) object(Records.asMap(record));
        else if (value instanceof Enum<?> one) string(one.name());
        else if (value instanceof TemporalAccessor moment) string(moment.toString());
        else if (value instanceof Date moment) string(moment.toInstant().toString());
        else throw new WrongAnswer("it holds a " + value.getClass().getName()
                + ", which is no JSON: return arrays, Lists, Maps, records, numbers and texts of Java");
    }

    private void number(Number number) {
        if (number instanceof Double || number instanceof Float) {
            var value = number.doubleValue();
            text.append(Double.isFinite(value) ? Double.toString(value) : "null");
        } else if (number instanceof Long || number instanceof Integer || number instanceof Short || number instanceof Byte) {
            var value = number.longValue();
            if (value >= -SAFE && value <= SAFE) text.append(value);
            else text.append('"').append(value).append('"');
        } else if (number instanceof BigInteger value) {
            if (value.abs().compareTo(LARGEST_SAFE) <= 0) text.append(value);
            else text.append('"').append(value).append('"');
        } else {
            number(number.doubleValue());
        }
    }

    private void string(String value) {
        text.append('"');
        for (var i = 0; i < value.length(); i += 1) {
            var one = value.charAt(i);
            if (one == '"' || one == '\\') text.append('\\').append(one);
            else if (one < ' ' || isHalf(value, i)) text.append(String.format("\\u%04x", (int) one));
            else text.append(one);
        }
        text.append('"');
    }

    /** Whether one half of a character stands alone: UTF-8 has no bytes for it. */
    private static boolean isHalf(String value, int at) {
        var one = value.charAt(at);
        if (Character.isHighSurrogate(one)) return at + 1 == value.length() || !Character.isLowSurrogate(value.charAt(at + 1));
        return Character.isLowSurrogate(one) && (at == 0 || !Character.isHighSurrogate(value.charAt(at - 1)));
    }

    private void object(Map<?, ?> map) {
        var separator = '{';
        for (var entry : map.entrySet()) {
            text.append(separator);
            string(String.valueOf(entry.getKey()));
            text.append(':');
            write(entry.getValue());
            separator = ',';
        }
        text.append(separator == '{' ? "{}" : "}");
    }

    private void list(Iterable<?> list) {
        var separator = '[';
        for (var item : list) {
            text.append(separator);
            write(item);
            separator = ',';
        }
        text.append(separator == '[' ? "[]" : "]");
    }

    private void array(Object array) {
        text.append('[');
        for (var i = 0; i < Array.getLength(array); i += 1) {
            if (i > 0) text.append(',');
            write(Array.get(array, i));
        }
        text.append(']');
    }
}
