package sluice.serving;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import sluice.Columns;
import sluice.Predictor;

/**
 * Everything that a start does, once, with a model that is nobody's: what classes it takes is written down by the machine
 * at the end of it (-XX:ArchiveClassesAtExit), and found ready in memory from then on.
 */
final class Rehearsal {
    private record Echo(double value, String text) {}

    private static final class EchoModel implements Predictor {
        @Override
        public Object predict(Columns inputs) {
            var echoes = new Echo[inputs.records()];
            for (var i = 0; i < echoes.length; i += 1) echoes[i] = new Echo(inputs.doubles("x")[i], inputs.strings("text")[i]);
            return echoes;
        }
    }

    private Rehearsal() {}

    public static void main(String[] arguments) throws IOException {
        var folder = Files.createTempDirectory("sluice-rehearsal");
        var socket = folder.resolve("socket");
        try {
            var signature = "{\"inputs\":[{\"name\":\"x\",\"type\":\"float64\",\"shape\":[]},{\"name\":\"text\",\"type\":\"string\"}],"
                    + "\"outputs\":[{\"name\":\"value\"},{\"name\":\"text\"}]}";
            Files.writeString(folder.resolve("model.jar"), "");
            Files.writeString(folder.resolve("version.json"), "{\"entry\":\"model.jar\",\"signature\":" + signature + "}");
            var application = new Application();
            application.open(Model.of(new EchoModel(), Version.read(folder.resolve("version.json"), folder)));
            rehearseSocket(application, socket);
            rehearsePort(application);
        } finally {
            for (var file : List.of("socket", "model.jar", "version.json", "")) Files.deleteIfExists(folder.resolve(file));
        }
        System.exit(0);
    }

    private static void rehearseSocket(Application application, java.nio.file.Path socket) throws IOException {
        var door = new SocketDoor(application, socket);
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            for (var request : requests()) {
                channel.write(ByteBuffer.wrap(request));
                channel.read(ByteBuffer.allocate(4096));
            }
        }
        door.close();
    }

    /** Where the process has no network, not even with itself, that half is done without. */
    private static void rehearsePort(Application application) throws IOException {
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var tried = new Socket(free.getInetAddress(), free.getLocalPort())) {
            port = free.getLocalPort();
        } catch (IOException none) {
            return;
        }
        new PortDoor(application, port);
        try (var asking = new Socket(InetAddress.getLoopbackAddress(), port)) {
            for (var request : requests()) {
                asking.getOutputStream().write(request);
                asking.getInputStream().read(new byte[4096]);
            }
        }
    }

    private static List<byte[]> requests() {
        var body = "{\"inputs\":{\"x\":[1.5,-2e3],\"text\":[\"a\",\"\\u00e4\"]}}";
        return Map.of("/ping", "", "/invocations", body, "/none", "{").entrySet().stream()
                .map(one -> (one.getValue().isEmpty() ? "GET " : "POST ") + one.getKey() + " HTTP/1.1\r\nhost: x\r\ncontent-type: "
                        + "application/json\r\ncontent-length: " + one.getValue().length() + "\r\n\r\n" + one.getValue())
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }
}
