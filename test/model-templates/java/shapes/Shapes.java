import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sluice.Columns;
import sluice.Predictor;

/** Returns in the shape that its first record asks for. */
public final class Shapes implements Predictor {
    private record Row(double a, String b) {}

    private enum Plan { BASIC, GOLD }

    @Override
    public int threads() {
        return 4;
    }

    @Override
    public Object predict(Columns inputs) throws Exception {
        double[] x = inputs.doubles("x");
        return switch (inputs.strings("shape")[0]) {
            case "doubles" -> x;
            case "floats" -> inputs.floats("x");
            case "ints" -> inputs.ints("n");
            case "longs" -> inputs.longs("n");
            case "booleans" -> inputs.booleans("flag");
            case "rows" -> inputs.rows("grid");
            case "strings" -> inputs.strings("shape");
            case "list" -> List.of(1, 2L);
            case "enums" -> Plan.values();
            case "dates" -> new Object[] {new Date(0), LocalDate.of(2026, 11, 30)};
            case "decimals" -> new BigDecimal[] {new BigDecimal("0.5"), BigDecimal.TEN};
            case "columns" -> {
                Map<String, Object> columns = new LinkedHashMap<>();
                columns.put("b", new String[] {"p", "q"});
                columns.put("a", x);
                columns.put("more", x);
                yield columns;
            }
            case "maps" -> List.of(Map.of("a", 1.5, "b", "p"), Map.of("a", 2.5, "b", "q"));
            case "records" -> new Row[] {new Row(1.5, "p"), new Row(2.5, "q")};
            case "without a column" -> Map.of("a", x);
            case "without an entry" -> List.of(Map.of("a", 1.5, "b", "p"), Map.of("a", 2.5));
            case "empty" -> Map.of();
            case "a wrong type" -> inputs.doubles("shape");
            case "no such input" -> inputs.doubles("tenure");
            case "too big" -> inputs.ints("big");
            case "thread" -> {
                Thread.sleep(300);
                yield List.of(Thread.currentThread().getId(), 0);
            }
            case "all memory" -> {
                var taken = new java.util.ArrayList<byte[]>();
                while (true) taken.add(new byte[10_000_000]);
            }
            case "exit" -> {
                System.exit(3);
                yield null;
            }
            default -> null;
        };
    }
}
