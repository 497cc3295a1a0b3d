package sluice.serving;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Values out of JSON, held to a declared type and shape. */
final class Elements {
    private static final Pattern DIGITS = Pattern.compile("-?\\d{1,20}");
    private static final double SAFE = 9007199254740991.0;
    private static final int LONGEST = 60;

    private Elements() {}

    /** @throws BadRequest @param place who is told of: `input age: record 3` */
    static Object read(String type, List<Integer> shape, Object value, String place) {
        if (shape.isEmpty()) return element(type, value, place);
        if (!(value instanceof List<?> list)) throw new BadRequest(place + " holds " + told(value) + " where a list is declared");
        var size = shape.get(0);
        if (size != null && list.size() != size)
            throw new BadRequest(place + " has a list of " + list.size() + " where " + size + " are declared");
        var rest = shape.subList(1, shape.size());
        List<Object> found = new ArrayList<>(list.size());
        for (var item : list) found.add(read(type, rest, item, place));
        return found;
    }

    private static Object element(String type, Object value, String place) {
        var read = switch (type) {
            case "string" -> value instanceof String ? value : null;
            case "boolean" -> value instanceof Boolean ? value : null;
            case "float32", "float64" -> value instanceof Number number && Double.isFinite(number.doubleValue()) ? number.doubleValue() : null;
            default -> whole(type, value);
        };
        if (read == null) throw new BadRequest(place + " holds " + told(value) + ", which is no " + type);
        return read;
    }

    /** A whole number inside the range of its type: a Long, or a BigInteger beyond; 64 bits may come as digits. */
    private static Object whole(String type, Object value) {
        BigInteger whole;
        if (value instanceof Long number) whole = Math.abs(number) <= SAFE ? BigInteger.valueOf(number) : null;
        else if (value instanceof Double number) whole = isWhole(number) ? BigInteger.valueOf(number.longValue()) : null;
        else whole = type.endsWith("64") && value instanceof String text && DIGITS.matcher(text).matches() ? new BigInteger(text) : null;
        if (whole == null) return null;
        var isSigned = !type.startsWith("u");
        var bits = Integer.parseInt(type.replaceAll("\\D", "")) - (isSigned ? 1 : 0);
        if (whole.signum() < 0 && !isSigned || whole.bitLength() > bits) return null;
        if (whole.bitLength() > 63) return whole;
        return whole.longValue();
    }

    private static boolean isWhole(double number) {
        return number == Math.rint(number) && Math.abs(number) <= SAFE;
    }

    /** A value as it is told to whoever sent it. */
    private static String told(Object value) {
        if (value instanceof Double number && isWhole(number)) return "" + number.longValue();
        var text = JsonWriter.textOf(value);
        return text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
    }
}
