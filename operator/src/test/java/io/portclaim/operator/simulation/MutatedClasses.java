package io.portclaim.operator.simulation;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;

/** Loads the operator and its simulation once more, with some classes compiled from changed sources. */
public final class MutatedClasses extends ClassLoader {
    private static final String OWN = "io.portclaim.operator.";

    private final Map<String, byte[]> changed;

    public MutatedClasses(Map<String, String> sources) {
        super(MutatedClasses.class.getClassLoader());
        this.changed = compile(sources);
    }

    /**
     * Calls a method without parameters of one of the simulation's classes, loaded here.
     *
     * @param argument what its constructor gets, of the type {@code parameter}
     */
    public @Nullable Object call(Class<?> type, Class<?> parameter, Object argument, String method)
            throws ReflectiveOperationException {
        Class<?> mutated = loadClass(type.getName());
        Constructor<?> constructor = mutated.getDeclaredConstructor(parameter);
        constructor.setAccessible(true);
        Method called = mutated.getDeclaredMethod(method);
        called.setAccessible(true);
        return called.invoke(constructor.newInstance(argument));
    }

    /** Runs one method of a unit test, loaded here, after those that JUnit would run before it. */
    public void callTest(String type, String method) throws ReflectiveOperationException {
        Class<?> mutated = loadClass(type);
        Constructor<?> constructor = mutated.getDeclaredConstructor();
        constructor.setAccessible(true);
        Object test = constructor.newInstance();
        for (Method before : mutated.getDeclaredMethods()) {
            if (before.isAnnotationPresent(BeforeEach.class)) {
                before.setAccessible(true);
                before.invoke(test);
            }
        }
        Method called = mutated.getDeclaredMethod(method);
        called.setAccessible(true);
        called.invoke(test);
    }

    private static Map<String, byte[]> compile(Map<String, String> sources) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Map<String, ByteArrayOutputStream> compiled = new HashMap<>();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean succeeded = compiler.getTask(
                            messages,
                            new InMemory(files, compiled),
                            null,
                            List.of("-proc:none", "-nowarn", "-classpath", System.getProperty("java.class.path")),
                            null,
                            sources.entrySet().stream()
                                    .map(entry -> new Source(entry.getKey(), entry.getValue()))
                                    .toList())
                    .call();
            if (!succeeded) {
                throw new IllegalStateException(messages.toString());
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        Map<String, byte[]> classes = new HashMap<>();
        compiled.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
        return classes;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(OWN)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> known = findLoadedClass(name);
            return known != null ? known : findClass(name);
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] bytes = changed.get(name);
        if (bytes == null) {
            String resource = name.replace('.', '/') + ".class";
            try (InputStream in = Objects.requireNonNull(getParent()).getResourceAsStream(resource)) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                bytes = in.readAllBytes();
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
        return defineClass(name, bytes, 0, bytes.length);
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String name, String text) {
            super(URI.create("string:///" + name.replace('.', '/') + Kind.SOURCE.extension), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static final class InMemory extends ForwardingJavaFileManager<StandardJavaFileManager> {
        private final Map<String, ByteArrayOutputStream> compiled;

        InMemory(StandardJavaFileManager files, Map<String, ByteArrayOutputStream> compiled) {
            super(files);
            this.compiled = compiled;
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                JavaFileManager.Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("memory:///" + name), kind) {
                @Override
                public OutputStream openOutputStream() {
                    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                    compiled.put(name, bytes);
                    return bytes;
                }
            };
        }
    }
}
