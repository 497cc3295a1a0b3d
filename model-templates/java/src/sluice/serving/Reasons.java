package sluice.serving;

import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;

/** What went wrong, for whoever called: the kind of error, its message and the line of the user's source, without paths. */
final class Reasons {
    private static final int LONGEST = 500;
    private static final Pattern PATH = Pattern.compile("(?<![\\w.:/\\\\])(?:file:)?[\\\\/](?:[^\\s:'\",()<>\\\\/]*[\\\\/])+([^\\s\\\\/:'\",()<>]+)");
    private static final Pattern TOO_NEW = Pattern.compile("(\\S+) has been compiled by .*class file version (\\d+).*up to (\\d+)");
    /** A class file of Java 1 has the version 45. */
    private static final int BEFORE_JAVA_1 = 44;

    private final String modelDir;
    private Set<String> ownCode = Set.of();

    Reasons(Path modelDir) {
        this.modelDir = modelDir.toAbsolutePath() + "/";
    }

    /** The names of the classes that are the user's own. */
    void ownCode(Set<String> classes) {
        ownCode = classes;
    }

    /** One line: `ChurnPredictor.java line 12: NullPointerException: …`. */
    String of(Throwable error) {
        if (error instanceof BadRequest || error instanceof CannotLoad || error instanceof WrongAnswer) return oneLine(error.getMessage());
        if (error instanceof ExceptionInInitializerError && error.getCause() != null) return of(error.getCause());
        var place = placeIn(error.getStackTrace());
        return (place == null ? "" : place + ": ") + oneLine(kindOf(error));
    }

    /** Where the user's code ends the process, if it is that which does. */
    String placeOfExit() {
        for (var stack : Thread.getAllStackTraces().values())
            for (var frame : stack)
                if (frame.getClassName().equals("java.lang.Runtime") && frame.getMethodName().equals("exit")) return placeIn(stack);
        return null;
    }

    private String kindOf(Throwable error) {
        var message = error.getMessage() == null ? "" : error.getMessage();
        if (error instanceof UnsupportedClassVersionError) {
            var found = TOO_NEW.matcher(message);
            if (found.find()) {
                var is = Integer.parseInt(found.group(3)) - BEFORE_JAVA_1;
                return found.group(1).replace('/', '.') + " was compiled for Java " + (Integer.parseInt(found.group(2)) - BEFORE_JAVA_1)
                        + ", and this is Java " + is + ": compile it with --release " + is;
            }
        }
        if (error instanceof NoClassDefFoundError && error.getCause() instanceof ClassNotFoundException
                || error instanceof ClassNotFoundException)
            return "the class " + message.replace('/', '.') + " is missing: put the jar that has it into lib/";
        return error.getClass().getSimpleName() + (message.isBlank() ? "" : ": " + message);
    }

    /** The innermost line of the user's own source. */
    private String placeIn(StackTraceElement[] stack) {
        for (var frame : stack)
            if (ownCode.contains(frame.getClassName()) && frame.getFileName() != null && frame.getLineNumber() > 0)
                return frame.getFileName() + " line " + frame.getLineNumber();
        return null;
    }

    /** The first line, with paths of the artifact relative to it and the last name of every other. */
    private String oneLine(String text) {
        var line = text.strip().lines().findFirst().orElse("").replace(modelDir, "");
        var plain = PATH.matcher(line).replaceAll("$1");
        return plain.substring(0, Math.min(LONGEST, plain.length()));
    }
}
