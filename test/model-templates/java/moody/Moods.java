package moods;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What a prediction may do besides answering. Each is given the records and what follows its name. */
final class Moods {
    interface Mood {
        Object behave(String[] records, String rest) throws Exception;
    }

    static final Map<String, Mood> ALL = Map.ofEntries(
            Map.entry("one too few", (records, rest) -> Arrays.copyOf(records, records.length - 1)),
            Map.entry("nothing", (records, rest) -> null),
            Map.entry("one for all", (records, rest) -> 7),
            Map.entry("a thread", (records, rest) -> List.of(new Thread(), new Thread())),
            Map.entry("numbers", (records, rest) -> List.of(List.of(Double.NaN, Float.POSITIVE_INFINITY, (1L << 53) - 1, 1L << 53,
                    BigInteger.ONE.shiftLeft(60).negate()))),
            Map.entry("fail", Moods::fail),
            Map.entry("look away", (records, rest) -> Files.readString(Path.of("/somewhere/else/weights.bin"))),
            Map.entry("never stop", Moods::neverStop),
            Map.entry("go round", Moods::goRound),
            Map.entry("lack a class", Moods::lack),
            Map.entry("read amiss", (records, rest) -> { throw new IllegalStateException("the file /somewhere/else/w.bin is bad\nand more"); }),
            Map.entry("wait", Moods::waitFor),
            Map.entry("say", Moods::say),
            Map.entry("hang", Moods::hang));

    private Moods() {}

    private static Object fail(String[] records, String rest) {
        return Map.of("years", 1).get("tenure").intValue();
    }

    private static Object neverStop(String[] records, String rest) {
        return List.of(neverStop(records, rest));
    }

    private static Object goRound(String[] records, String rest) {
        var ring = new Object[records.length];
        ring[0] = ring;
        return ring;
    }

    private static Object lack(String[] records, String rest) {
        return new Gone().hashCode();
    }

    private static Object waitFor(String[] records, String file) throws InterruptedException {
        System.out.println("waits for " + file);
        while (!Files.exists(Path.of(file))) Thread.sleep(5);
        return records;
    }

    private static Object say(String[] records, String word) {
        System.out.println(word);
        System.err.println(word + " wrongly");
        return records;
    }

    private static Object hang(String[] records, String rest) {
        System.out.println("hangs");
        while (true) Thread.onSpinWait();
    }
}
