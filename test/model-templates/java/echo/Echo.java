import java.util.LinkedHashMap;
import java.util.Map;
import sluice.Columns;
import sluice.Predictor;

/** Answers with what it was given. */
public final class Echo implements Predictor {
    @Override
    public Object predict(Columns inputs) {
        Map<String, Object> echoes = new LinkedHashMap<>();
        for (var name : inputs.names()) echoes.put("echo_" + name, inputs.values(name));
        return echoes;
    }
}
