import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import sluice.Columns;
import sluice.Predictor;

/** A multinomial logistic regression: which species an iris is, and how likely each is. */
public final class IrisPredictor implements Predictor {
    static final List<String> FEATURES = List.of("sepal_length", "sepal_width", "petal_length", "petal_width");

    private String[] species;
    /** By species: the intercept, and a weight for each feature. */
    private double[][] weights;

    @Override
    public void load(Path modelDir) throws IOException {
        List<String[]> lines = Files.readAllLines(modelDir.resolve("weights.csv")).stream().map(line -> line.split(",")).toList();
        species = lines.stream().map(line -> line[0]).toArray(String[]::new);
        weights = lines.stream()
                .map(line -> Arrays.stream(line).skip(1).mapToDouble(Double::parseDouble).toArray())
                .toArray(double[][]::new);
    }

    @Override
    public Object predict(Columns inputs) {
        double[][] columns = FEATURES.stream().map(inputs::doubles).toArray(double[][]::new);
        String[] likeliest = new String[inputs.records()];
        double[][] probabilities = new double[inputs.records()][];
        for (int i = 0; i < likeliest.length; i += 1) {
            double[] row = new double[columns.length];
            for (int feature = 0; feature < row.length; feature += 1) row[feature] = columns[feature][i];
            probabilities[i] = softmax(weights, row);
            likeliest[i] = species[largest(probabilities[i])];
        }
        return Map.of("species", likeliest, "probabilities", probabilities);
    }

    static double[] softmax(double[][] weights, double[] row) {
        double[] scores = new double[weights.length];
        for (int one = 0; one < scores.length; one += 1) {
            scores[one] = weights[one][0];
            for (int feature = 0; feature < row.length; feature += 1) scores[one] += weights[one][feature + 1] * row[feature];
        }
        double most = Arrays.stream(scores).max().orElseThrow();
        double sum = Arrays.stream(scores).map(score -> Math.exp(score - most)).sum();
        return Arrays.stream(scores).map(score -> Math.exp(score - most) / sum).toArray();
    }

    private static int largest(double[] values) {
        int at = 0;
        for (int i = 1; i < values.length; i += 1) if (values[i] > values[at]) at = i;
        return at;
    }
}
