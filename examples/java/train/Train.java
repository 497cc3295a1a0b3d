import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Fits the weights of IrisPredictor to Fisher's irises by gradient descent, from nought: every run gives the same. */
public final class Train {
    private static final int ROUNDS = 20_000;
    private static final double STEP = 0.1;
    private static final double SHRINK = 1e-3;

    public static void main(String[] arguments) throws IOException {
        List<double[]> rows = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(arguments[0])).subList(1, 151)) {
            String[] cells = line.split(",");
            rows.add(Arrays.stream(cells, 0, 4).mapToDouble(Double::parseDouble).toArray());
            names.add(cells[4]);
        }
        List<String> species = names.stream().distinct().sorted().toList();
        double[][] weights = new double[species.size()][5];
        for (int round = 0; round < ROUNDS; round += 1) descend(weights, rows, names, species);
        List<String> lines = new ArrayList<>();
        for (int one = 0; one < weights.length; one += 1)
            lines.add(species.get(one) + "," + String.join(",", Arrays.stream(weights[one]).mapToObj(Double::toString).toList()));
        Files.write(Path.of(arguments[1]), lines);
        System.out.println(right(weights, rows, names, species) + " of " + rows.size() + " irises are told by their right name");
    }

    private static void descend(double[][] weights, List<double[]> rows, List<String> names, List<String> species) {
        double[][] slope = new double[weights.length][5];
        for (int i = 0; i < rows.size(); i += 1) {
            double[] likely = IrisPredictor.softmax(weights, rows.get(i));
            for (int one = 0; one < weights.length; one += 1) {
                double off = likely[one] - (species.get(one).equals(names.get(i)) ? 1 : 0);
                slope[one][0] += off;
                for (int feature = 0; feature < 4; feature += 1) slope[one][feature + 1] += off * rows.get(i)[feature];
            }
        }
        for (int one = 0; one < weights.length; one += 1)
            for (int at = 0; at < 5; at += 1)
                weights[one][at] -= STEP * (slope[one][at] / rows.size() + (at == 0 ? 0 : SHRINK * weights[one][at]));
    }

    private static long right(double[][] weights, List<double[]> rows, List<String> names, List<String> species) {
        long count = 0;
        for (int i = 0; i < rows.size(); i += 1) {
            double[] likely = IrisPredictor.softmax(weights, rows.get(i));
            int named = species.indexOf(names.get(i));
            if (Arrays.stream(likely).allMatch(one -> one <= likely[named])) count += 1;
        }
        return count;
    }
}
