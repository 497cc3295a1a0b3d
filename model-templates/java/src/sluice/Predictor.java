package sluice;

import java.nio.file.Path;

/**
 * A model in Java, Scala or another language of the Java virtual machine. It is made once, by its constructor without
 * arguments, loaded once, and asked many times. Copy this file and Columns.java into your project, or compile against
 * them: the server brings its own.
 */
public interface Predictor {
    /**
     * Once, before the first request.
     *
     * @param modelDir where the files of the artifact lie, beside the jar; nothing can be written there
     */
    default void load(Path modelDir) throws Exception {}

    /**
     * @param inputs one column an input, with one value a record
     * @return one entry a record, as an array or a List; or a Map of them by output name; or an array or a List of Maps
     *     or of Java records
     */
    Object predict(Columns inputs) throws Exception;

    /** How many threads may call {@link #predict} at once. */
    default int threads() {
        return 1;
    }
}
