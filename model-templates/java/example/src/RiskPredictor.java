import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import sluice.Columns;
import sluice.Predictor;

/** A model of your own: copy this class, and put what it loads beside its jar. */
public final class RiskPredictor implements Predictor {
    private final Properties weights = new Properties();

    @Override
    public void load(Path modelDir) throws IOException {
        try (Reader file = Files.newBufferedReader(modelDir.resolve("weights.properties"))) {
            weights.load(file);
        }
    }

    /** Each input has one value a record. Return one entry a record, here for each of two outputs. */
    @Override
    public Object predict(Columns inputs) {
        double[] tenure = inputs.doubles("tenure");
        double[] risk = new double[inputs.records()];
        boolean[] leaves = new boolean[inputs.records()];
        for (int i = 0; i < risk.length; i += 1) {
            risk[i] = weight("base") + weight("tenure") * tenure[i];
            leaves[i] = risk[i] > weight("threshold");
        }
        return Map.of("risk", risk, "leaves", leaves);
    }

    private double weight(String name) {
        return Double.parseDouble(weights.getProperty(name));
    }
}
