package moods;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import sluice.Columns;
import sluice.Predictor;

/** Behaves as the first record with a mood says; else answers how many records came. */
public final class Moody implements Predictor {
    private Map<String, Moods.Mood> moods;

    @Override
    public void load(Path modelDir) {
        System.out.println("loaded");
        moods = Moods.ALL;
    }

    @Override
    public Object predict(Columns inputs) throws Exception {
        var records = inputs.strings("mood");
        for (var record : records) {
            var parts = record.split(":", 2);
            var mood = moods.get(parts[0]);
            if (mood != null) return mood.behave(records, parts.length > 1 ? parts[1] : "");
        }
        var counts = new int[records.length];
        Arrays.fill(counts, records.length);
        return counts;
    }
}
