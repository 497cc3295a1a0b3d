package sluice;

import java.util.List;
import java.util.Set;

/** The records of a request, by input: each method gives one value a record, and refuses an input of another type. */
public interface Columns {
    /** How many records there are. */
    int records();

    /** The names of the inputs. */
    Set<String> names();

    double[] doubles(String input);

    float[] floats(String input);

    long[] longs(String input);

    int[] ints(String input);

    boolean[] booleans(String input);

    String[] strings(String input);

    /** All numbers of each record's value, whatever its shape, one behind the other: the last dimension runs fastest. */
    double[][] rows(String input);

    /** As they came: Double, Long, BigInteger (beyond a long), Boolean, String, and Lists of them where a shape is declared. */
    List<Object> values(String input);
}
