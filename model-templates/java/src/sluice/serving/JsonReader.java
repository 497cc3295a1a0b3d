package sluice.serving;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON (RFC 8259): Map, List, String, Boolean, null, and for numbers Long where they are written without a fraction
 * and fit, else Double. Of a name that comes twice the last counts.
 */
final class JsonReader {
    private static final int DEEPEST = 512;

    private final String text;
    private int at;
    private int depth;

    private JsonReader(String text) {
        this.text = text;
    }

    /** @throws NotJson where the text is none */
    static Object read(String text) {
        var reader = new JsonReader(text);
        var value = reader.value();
        reader.space();
        if (reader.at < text.length()) throw reader.wrong("nothing may follow");
        return value;
    }

    private Object value() {
        space();
        if (at >= text.length()) throw wrong("it ends too early");
        return switch (text.charAt(at)) {
            case '{' -> object();
            case '[' -> list();
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private Map<String, Object> object() {
        Map<String, Object> found = new LinkedHashMap<>();
        enter();
        if (!ends('}')) {
            do {
                space();
                if (at >= text.length() || text.charAt(at) != '"') throw wrong("a name is missing");
                var name = string();
                space();
                expect(':');
                found.put(name, value());
            } while (goesOn('}'));
        }
        depth -= 1;
        return found;
    }

    private List<Object> list() {
        List<Object> found = new ArrayList<>();
        enter();
        if (!ends(']')) {
            do {
                found.add(value());
            } while (goesOn(']'));
        }
        depth -= 1;
        return found;
    }

    private void enter() {
        at += 1;
        depth += 1;
        if (depth > DEEPEST) throw wrong("it is nested deeper than " + DEEPEST);
    }

    private boolean ends(char end) {
        space();
        if (at >= text.length() || text.charAt(at) != end) return false;
        at += 1;
        return true;
    }

    private boolean goesOn(char end) {
        if (ends(end)) return false;
        expect(',');
        return true;
    }

    private void expect(char wanted) {
        if (at >= text.length() || text.charAt(at) != wanted) throw wrong("'" + wanted + "' is missing");
        at += 1;
    }

    private Object word(String word, Object means) {
        if (!text.startsWith(word, at)) throw wrong("this is no value");
        at += word.length();
        return means;
    }

    private String string() {
        var from = at += 1;
        StringBuilder unescaped = null;
        while (true) {
            if (at >= text.length()) throw wrong("a string does not end");
            var one = text.charAt(at);
            if (one == '"') break;
            if (one < ' ') throw wrong("a control character stands in a string");
            at += 1;
            if (one != '\\') continue;
            if (unescaped == null) unescaped = new StringBuilder();
            unescaped.append(text, from, at - 1).append(escaped());
            from = at;
        }
        var rest = text.substring(from, at);
        at += 1;
        return unescaped == null ? rest : unescaped.append(rest).toString();
    }

    private char escaped() {
        if (at >= text.length()) throw wrong("a string does not end");
        var one = text.charAt(at++);
        return switch (one) {
            case '"', '\\', '/' -> one;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> throw wrong("this is no escape");
        };
    }

    private char unicode() {
        var code = 0;
        for (var end = at + 4; at < end; at += 1) {
            var digit = at < text.length() && text.charAt(at) < 128 ? Character.digit(text.charAt(at), 16) : -1;
            if (digit < 0) throw wrong("four hexadecimal digits are missing");
            code = code * 16 + digit;
        }
        return (char) code;
    }

    private Object number() {
        var from = at;
        if (peeks('-')) at += 1;
        if (peeks('0')) at += 1;
        else digits("this is no value");
        var isWhole = true;
        if (peeks('.')) {
            isWhole = false;
            at += 1;
            digits("digits are missing");
        }
        if (peeks('e') || peeks('E')) {
            isWhole = false;
            at += 1;
            if (peeks('+') || peeks('-')) at += 1;
            digits("digits are missing");
        }
        var written = text.substring(from, at);
        // Eighteen digits fit; a zero below zero is one of floating point.
        if (isWhole && written.length() <= 18 && !written.equals("-0")) return Long.valueOf(written);
        return Double.valueOf(written);
    }

    private void digits(String otherwise) {
        var from = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') at += 1;
        if (at == from) throw wrong(otherwise);
    }

    private boolean peeks(char wanted) {
        return at < text.length() && text.charAt(at) == wanted;
    }

    private void space() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) at += 1;
    }

    private NotJson wrong(String why) {
        return new NotJson("character " + (at + 1) + ": " + why);
    }
}
