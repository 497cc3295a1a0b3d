package sluice.serving;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Reads a JSON text a line, and writes it anew; where it is none, why. */
public final class JsonLines {
    private JsonLines() {}

    public static void main(String[] arguments) throws java.io.IOException {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = in.readLine(); line != null; line = in.readLine()) {
            try {
                out.println(JsonWriter.textOf(JsonReader.read(line)));
            } catch (NotJson error) {
                out.println("no JSON: " + error.getMessage());
            }
        }
    }
}
