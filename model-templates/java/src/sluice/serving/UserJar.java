package sluice.serving;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import sluice.Predictor;

/** The user's program: a jar whose Predictor is asked, and the jars in lib/ that it needs. It runs as it is. */
final class UserJar {
    private static final String SERVICE = "META-INF/services/" + Predictor.class.getName();
    private static final String FILE = "the file " + Predictor.class.getName() + " of META-INF/services";

    private final String entry;
    private final Set<String> ownClasses;
    private final URLClassLoader classes;
    private final String named;

    UserJar(Path modelDir, String entry) throws IOException {
        this.entry = entry;
        try (var jar = new JarFile(modelDir.resolve(entry).toFile())) {
            ownClasses = jar.stream()
                    .map(one -> one.getName())
                    .filter(name -> name.endsWith(".class") && !name.startsWith("META-INF/"))
                    .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
                    .collect(Collectors.toSet());
            named = namedIn(jar);
        } catch (java.util.zip.ZipException error) {
            throw new CannotLoad(entry + " is no jar, or a damaged one: " + error.getMessage());
        }
        List<URL> places = new ArrayList<>(List.of(urlOf(modelDir.resolve(entry))));
        var lib = modelDir.resolve("lib");
        if (Files.isDirectory(lib))
            try (var files = Files.list(lib)) {
                files.filter(file -> file.toString().endsWith(".jar")).sorted().forEach(file -> places.add(urlOf(file)));
            }
        classes = new URLClassLoader("model", places.toArray(URL[]::new), UserJar.class.getClassLoader());
    }

    ClassLoader classes() {
        return classes;
    }

    /** The names of the classes that are the user's own: those of the jar, not of what it needs. */
    Set<String> ownClasses() {
        return ownClasses;
    }

    Predictor predictor() throws Exception {
        var type = classOf(named == null ? onlyPredictor() : named);
        if (!Predictor.class.isAssignableFrom(type)) throw new CannotLoad(type.getName() + " is no " + Predictor.class.getName());
        try {
            var constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return (Predictor) constructor.newInstance();
        } catch (NoSuchMethodException error) {
            throw new CannotLoad(type.getName() + " has no constructor without arguments");
        } catch (InvocationTargetException error) {
            if (error.getCause() instanceof Exception cause) throw cause;
            throw (Error) error.getCause();
        }
    }

    private Class<?> classOf(String name) {
        try {
            return Class.forName(name, true, classes);
        } catch (ClassNotFoundException error) {
            throw new CannotLoad(entry + " has no class " + name + ", which " + FILE + " names");
        }
    }

    /** Where no file of the jar names it, it is looked for: the only class that is one. */
    private String onlyPredictor() {
        var found = ownClasses.stream().filter(this::isPredictor).sorted().toList();
        if (found.size() == 1) return found.get(0);
        if (found.isEmpty())
            throw new CannotLoad(entry + " has no class that implements " + Predictor.class.getName());
        throw new CannotLoad(entry + " has several predictors, " + String.join(", ", found) + ": name one in " + FILE);
    }

    private boolean isPredictor(String name) {
        try {
            var type = Class.forName(name, false, classes);
            return Predictor.class.isAssignableFrom(type) && !type.isInterface() && !Modifier.isAbstract(type.getModifiers());
        } catch (ClassNotFoundException | NoClassDefFoundError error) {
            // What it needs is not here: then it is not what is asked for.
            return false;
        }
    }

    private static String namedIn(JarFile jar) throws IOException {
        var service = jar.getEntry(SERVICE);
        if (service == null) return null;
        try (var content = jar.getInputStream(service)) {
            var names = new String(content.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.replaceAll("#.*", "").strip())
                    .filter(line -> !line.isEmpty())
                    .toList();
            if (names.size() == 1) return names.get(0);
            throw new CannotLoad(FILE + " names " + names.size() + " classes: name one");
        }
    }

    private static URL urlOf(Path file) {
        try {
            return new File(file.toString()).toURI().toURL();
        } catch (MalformedURLException error) {
            throw new CannotLoad("the name of " + file.getFileName() + " is no name of a jar");
        }
    }
}
