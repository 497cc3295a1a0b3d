package sluice.serving;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * The server of the `java` runtime: the JDK and nothing else, the same in a container and on a laptop.
 *
 * <p>The model in MODEL_DIR answers POST /invocations on port 8080 (PORT), or behind `--socket PATH`, and GET /ping says
 * 200 once it is loaded. If it cannot be loaded, one line of the log says why, and the process ends with 1.
 */
public final class Serve {
    private final Application application = new Application();
    private final Path modelDir = Path.of(setting("MODEL_DIR", "/opt/sluice/model"));
    private final Reasons reasons = new Reasons(modelDir);

    public static void main(String[] arguments) throws IOException {
        var at = List.of(arguments).indexOf("--socket");
        new Serve().run(at < 0 ? null : Path.of(arguments[at + 1]));
    }

    private void run(Path socket) throws IOException {
        System.setOut(line(FileDescriptor.out));
        System.setErr(line(FileDescriptor.err));
        var door = socket == null
                ? new PortDoor(application, Integer.parseInt(setting("PORT", "8080")))
                : new SocketDoor(application, socket);
        Signal.handle(new Signal("TERM"), signal -> drain(door));
        if (socket != null) {
            // The parent decides when to end, also at Ctrl+C; and when it is gone, nobody will ever ask again.
            Signal.handle(new Signal("INT"), SignalHandler.SIG_IGN);
            holdLifeline();
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::tellWhoEnds, "end"));
        load();
    }

    private void load() {
        try {
            var version = Version.read(Path.of(setting("VERSION_FILE", "/opt/sluice/version.json")), modelDir);
            application.open(Model.load(version, modelDir, reasons));
        } catch (Throwable error) {
            end("the model cannot be loaded: " + reasons.of(error));
        }
    }

    private static void drain(Door door) {
        var thread = new Thread(() -> {
            door.close();
            Runtime.getRuntime().halt(0);
        }, "drain");
        // The machine ends by itself where only daemons are left, and this one would be one of its maker's kind.
        thread.setDaemon(false);
        thread.start();
    }

    private static void end(String why) {
        System.out.flush();
        System.err.println(why);
        Runtime.getRuntime().halt(1);
    }

    /** A System.exit() of the user's code ends the process: nothing on this side can keep it from that. */
    private void tellWhoEnds() {
        var place = reasons.placeOfExit();
        var what = (place == null ? "" : place + ": ") + "it called System.exit";
        if (!application.isOpen()) end("the model cannot be loaded: " + what);
        end("the process ends: " + what);
    }

    private static void holdLifeline() {
        var lifeline = new FileInputStream(FileDescriptor.in);
        // Nothing the model reads may take of it.
        System.setIn(InputStream.nullInputStream());
        var thread = new Thread(() -> endWith(lifeline), "lifeline");
        thread.setDaemon(true);
        thread.start();
    }

    private static void endWith(InputStream lifeline) {
        try {
            lifeline.transferTo(OutputStream.nullOutputStream());
        } catch (IOException gone) {
            // Then its other end is gone as well.
        }
        Runtime.getRuntime().halt(0);
    }

    private static PrintStream line(FileDescriptor to) {
        return new PrintStream(new FileOutputStream(to), true, StandardCharsets.UTF_8);
    }

    private static String setting(String name, String otherwise) {
        var value = System.getenv(name);
        return value == null ? otherwise : value;
    }
}
