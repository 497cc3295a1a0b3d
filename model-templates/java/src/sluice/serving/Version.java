package sluice.serving;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What is known of the version that is served.
 *
 * @param entry the jar, by its path in the artifact
 * @param inputs what it takes; null where nobody said
 * @param outputs their names; null where nobody said
 */
record Version(String entry, List<Field> inputs, List<String> outputs) {
    /**
     * One named input.
     *
     * @param shape of one record's value: empty for a bare one, null a length that is free
     */
    record Field(String name, String type, List<Integer> shape) {}

    /** Read the version's file, or find the jar where there is none. */
    static Version read(Path versionFile, Path modelDir) throws IOException {
        var described = described(versionFile);
        var entry = described.get("entry") instanceof String named ? named : onlyJar(modelDir);
        if (!Files.isRegularFile(modelDir.resolve(entry))) throw new CannotLoad("the artifact has no file '" + entry + "'");
        var signature = described.get("signature") instanceof Map<?, ?> map ? map : Map.of();
        var inputs = signature.get("inputs") instanceof List<?> list ? list.stream().map(Version::field).toList() : null;
        var outputs = signature.get("outputs") instanceof List<?> list ? list.stream().map(one -> field(one).name).toList() : null;
        return new Version(entry, inputs, outputs);
    }

    private static Map<?, ?> described(Path versionFile) throws IOException {
        try {
            return (Map<?, ?>) JsonReader.read(Files.readString(versionFile));
        } catch (NoSuchFileException none) {
            return Map.of();
        }
    }

    private static Field field(Object described) {
        var field = (Map<?, ?>) described;
        List<Integer> shape = new ArrayList<>();
        if (field.get("shape") instanceof List<?> sizes)
            for (var size : sizes) shape.add(size == null ? null : ((Number) size).intValue());
        return new Field((String) field.get("name"), (String) field.get("type"), shape);
    }

    private static String onlyJar(Path modelDir) throws IOException {
        try (var files = Files.list(modelDir)) {
            var jars = files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".jar")).sorted().toList();
            if (jars.size() == 1) return jars.get(0);
            if (jars.isEmpty()) throw new CannotLoad("there is no model: the artifact needs a jar beside what it loads");
            throw new CannotLoad("it is not clear which jar is the model, " + String.join(", ", jars)
                    + ": keep one, and put what it needs into lib/");
        }
    }
}
