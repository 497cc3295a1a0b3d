import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What the weights say of every iris, without any server: a line each of its probabilities. */
public final class Answers {
    public static void main(String[] arguments) throws Exception {
        var weights = Files.readAllLines(Path.of(arguments[1])).stream()
                .map(line -> Arrays.stream(line.split(",")).skip(1).mapToDouble(Double::parseDouble).toArray())
                .toArray(double[][]::new);
        for (var line : Files.readAllLines(Path.of(arguments[0])).subList(1, 151)) {
            var row = Arrays.stream(line.split(","), 0, 4).mapToDouble(Double::parseDouble).toArray();
            System.out.println(Arrays.toString(IrisPredictor.softmax(weights, row)));
        }
    }
}
