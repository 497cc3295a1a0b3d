package sluice.serving;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;

/** A port, by the JDK's own HTTP server. */
final class PortDoor implements Door {
    private static final int BACKLOG = 1024;
    private static final int A_DAY_SECONDS = 86_400;

    private final HttpServer server;
    private final Application application;
    /** One party for the door itself, and one for each request that was begun. */
    private final Phaser begun = new Phaser(1);
    private volatile boolean isEnding;

    PortDoor(Application application, int port) throws IOException {
        // Who keeps a connection decides when to close it: a request may already be on its way.
        System.setProperty("sun.net.httpserver.idleInterval", "" + A_DAY_SECONDS);
        System.setProperty("sun.net.httpserver.maxIdleConnections", "10000");
        System.setProperty("sun.net.httpserver.nodelay", "true");
        this.application = application;
        server = HttpServer.create(new InetSocketAddress("0.0.0.0", port), BACKLOG);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", this::handle);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        begun.register();
        try (exchange) {
            var asked = new Application.Asked(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getRawPath(),
                    exchange.getRequestHeaders().getFirst("content-type"),
                    exchange.getRequestBody().readAllBytes());
            var said = application.answer(asked);
            exchange.getResponseHeaders().set("content-type", said.contentType());
            if (isEnding) exchange.getResponseHeaders().set("connection", "close");
            exchange.sendResponseHeaders(said.status(), said.body().length);
            exchange.getResponseBody().write(said.body());
        } finally {
            begun.arriveAndDeregister();
        }
    }

    @Override
    public void close() {
        isEnding = true;
        // It listens no more at once, and then waits for longer than there is anything to wait for.
        var stopping = new Thread(() -> server.stop(A_DAY_SECONDS), "stop");
        stopping.setDaemon(true);
        stopping.start();
        begun.arriveAndAwaitAdvance();
    }
}
