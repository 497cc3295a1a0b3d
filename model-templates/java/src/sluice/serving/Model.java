package sluice.serving;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import sluice.Predictor;

/** The loaded model: a canonical request in, its answer out. It is called by as many threads as it says, one by default. */
final class Model {
    /** What became of one request: its predictions as JSON, or what is wrong. */
    record Answer(int status, String error, String predictions) {
        String text() {
            return error == null ? "{\"predictions\":" + predictions + "}" : "{\"error\":" + JsonWriter.textOf(error) + "}";
        }

        /** Among others: there each says its own status. */
        String asLine() {
            return error == null ? text() : "{\"error\":" + JsonWriter.textOf(error) + ",\"status\":" + status + "}";
        }
    }

    private final Predictor predictor;
    private final Version version;
    private final Reasons reasons;
    private final ExecutorService threads;

    private Model(Predictor predictor, Version version, Reasons reasons, ClassLoader classes) {
        this.predictor = predictor;
        this.version = version;
        this.reasons = reasons;
        this.threads = Executors.newFixedThreadPool(predictor.threads(), work -> {
            var thread = new Thread(work, "predict");
            thread.setDaemon(true);
            // Libraries look there for what they load by name.
            thread.setContextClassLoader(classes);
            return thread;
        });
    }

    static Model load(Version version, Path modelDir, Reasons reasons) throws Exception {
        var jar = new UserJar(modelDir, version.entry());
        reasons.ownCode(jar.ownClasses());
        Thread.currentThread().setContextClassLoader(jar.classes());
        var predictor = jar.predictor();
        predictor.load(modelDir.toAbsolutePath());
        if (predictor.threads() < 1) throw new CannotLoad("its threads() are " + predictor.threads() + ": at least 1 has to call it");
        return new Model(predictor, version, reasons, jar.classes());
    }

    /** A model that is no jar. */
    static Model of(Predictor predictor, Version version) {
        return new Model(predictor, version, new Reasons(Path.of("")), Model.class.getClassLoader());
    }

    CompletableFuture<Answer> answer(String request) {
        return CompletableFuture.supplyAsync(() -> answerNow(request), threads);
    }

    private Answer answerNow(String request) {
        try {
            var columns = InputColumns.read(version.inputs(), inputsOf(request));
            if (columns.records() == 0) return new Answer(200, null, "[]");
            var returned = predictor.predict(columns);
            return new Answer(200, null, Predictions.asJson(returned, version.outputs(), columns.records()));
        } catch (BadRequest error) {
            return new Answer(400, error.getMessage(), null);
        } catch (Throwable error) { // Also one of the machine's own, as where it calls itself for ever, is only this request's.
            return new Answer(500, reasons.of(error), null);
        }
    }

    private static Object inputsOf(String request) {
        try {
            return JsonReader.read(request) instanceof Map<?, ?> body ? body.get("inputs") : null;
        } catch (NotJson error) {
            throw new BadRequest("the request is no JSON: " + error.getMessage());
        }
    }
}
