package sluice.serving;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What the server answers, whichever door a request has come through. */
final class Application {
    /** A request as far as it matters here. */
    record Asked(String method, String path, String contentType, byte[] body) {}

    /** What is said to it. */
    record Said(int status, String contentType, byte[] body) {}

    private static final String JSON = "application/json";
    private static final String MANY_REQUESTS = "application/x-ndjson";

    private volatile Model model;

    /** Answers 503 to a ping until it is given its model. */
    void open(Model loaded) {
        model = loaded;
    }

    boolean isOpen() {
        return model != null;
    }

    Said answer(Asked asked) {
        var path = asked.path.split("\\?", 2)[0];
        if (asked.method.equals("GET") && path.equals("/ping")) return new Said(isOpen() ? 200 : 503, JSON, utf8("{}"));
        if (!asked.method.equals("POST") || !path.equals("/invocations")) return fault(404, "there is nothing at this path");
        if (!isOpen()) return fault(503, "the model is not loaded yet");
        var isMany = asked.contentType != null && asked.contentType.toLowerCase().startsWith(MANY_REQUESTS);
        return isMany ? lines(asked.body) : one(asked.body);
    }

    private Said one(byte[] body) {
        var answer = model.answer(text(body)).join();
        return new Said(answer.status(), JSON, utf8(answer.text()));
    }

    private Said lines(byte[] body) {
        List<CompletableFuture<Model.Answer>> answers = new ArrayList<>();
        text(body).lines().filter(line -> !line.isBlank()).forEach(line -> answers.add(model.answer(line)));
        var said = new ByteArrayOutputStream();
        for (var answer : answers) {
            said.writeBytes(utf8(answer.join().asLine()));
            said.write('\n');
        }
        return new Said(200, MANY_REQUESTS, said.toByteArray());
    }

    private static Said fault(int status, String why) {
        return new Said(status, JSON, utf8(new Model.Answer(status, why, null).text()));
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.UTF_8);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
