package sluice.serving;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;

/**
 * A Unix socket on a laptop, where the only one who asks is the platform. The JDK's own HTTP server knows ports only, and
 * a process without network has none, not even its own.
 */
final class SocketDoor implements Door {
    private static final int BACKLOG = 1024;

    private final Application application;
    private final ServerSocketChannel listening;
    private final Path socket;
    private final Set<Connection> connections = new HashSet<>();
    private boolean ending;

    SocketDoor(Application application, Path socket) throws IOException {
        this.application = application;
        this.socket = socket;
        Files.deleteIfExists(socket);
        listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listening.bind(UnixDomainSocketAddress.of(socket), BACKLOG);
        // Nobody else on the machine asks.
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        new Thread(this::accept, "accept").start();
    }

    private void accept() {
        try {
            while (true) {
                var connection = new Connection(listening.accept());
                synchronized (this) {
                    connections.add(connection);
                }
                var thread = new Thread(connection, "connection");
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException closed) {
            // Nothing new is taken.
        }
    }

    @Override
    public synchronized void close() {
        ending = true;
        try {
            listening.close();
            Files.deleteIfExists(socket);
            for (var connection : connections) if (!connection.isAsking) connection.channel.close();
            while (!connections.isEmpty()) wait();
        } catch (IOException | InterruptedException error) {
            System.err.println("the socket does not close: " + error.getMessage());
        }
    }

    private final class Connection implements Runnable {
        private final SocketChannel channel;
        /** Whether a request has begun that is not answered yet. */
        private boolean isAsking;

        Connection(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public void run() {
            try (channel) {
                var in = new BufferedInputStream(Channels.newInputStream(channel));
                var out = new BufferedOutputStream(Channels.newOutputStream(channel));
                while (begins(in)) {
                    HttpRequest request;
                    try {
                        request = HttpRequest.read(in, out);
                    } catch (HttpRequest.Malformed error) {
                        say(out, new Application.Said(400, "text/plain", error.getMessage().getBytes()), true);
                        return;
                    }
                    var said = application.answer(request.asked());
                    var isLast = ends() || request.closes();
                    say(out, said, isLast);
                    if (isLast) return;
                }
            } catch (IOException gone) {
                // Who asked has left.
            } finally {
                synchronized (SocketDoor.this) {
                    connections.remove(this);
                    SocketDoor.this.notifyAll();
                }
            }
        }

        private boolean begins(InputStream in) throws IOException {
            synchronized (SocketDoor.this) {
                isAsking = false;
                if (ending) return false;
            }
            in.mark(1);
            var first = in.read();
            in.reset();
            synchronized (SocketDoor.this) {
                isAsking = true;
            }
            return first >= 0;
        }

        private boolean ends() {
            synchronized (SocketDoor.this) {
                return ending;
            }
        }
    }

    private static void say(OutputStream out, Application.Said said, boolean isLast) throws IOException {
        var head = "HTTP/1.1 " + said.status() + " \r\ncontent-type: " + said.contentType() + "\r\ncontent-length: " + said.body().length
                + (isLast ? "\r\nconnection: close" : "") + "\r\n\r\n";
        out.write(head.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
        out.write(said.body());
        out.flush();
    }
}
