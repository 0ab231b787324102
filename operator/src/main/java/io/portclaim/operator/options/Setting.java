package io.portclaim.operator.options;

import java.util.Locale;
import java.util.function.Function;

/**
 * One thing that can be set. {@code lease-name} is the flag {@code --lease-name} and the environment variable
 * {@code PORTCLAIM_LEASE_NAME}; the flag wins.
 */
public final class Setting<T> {
    static final String VARIABLE_PREFIX = "PORTCLAIM_";

    private final String name;
    private final Form<T> form;
    private final String defaultText;
    private final Function<Environment, T> fallback;
    private final String help;

    private Setting(String name, Form<T> form, String defaultText, Function<Environment, T> fallback, String help) {
        this.name = name;
        this.form = form;
        this.defaultText = defaultText;
        this.fallback = fallback;
        this.help = help;
    }

    /** A setting with a fixed default, written as a user would write it. */
    static <T> Setting<T> of(String name, Form<T> form, String defaultText, String help) {
        T value = form.parser().apply(defaultText);
        return new Setting<>(name, form, defaultText, environment -> value, help);
    }

    /** A setting whose default depends on where the process runs; the help describes it in words. */
    static <T> Setting<T> of(
            String name, Form<T> form, String defaultWords, Function<Environment, T> fallback, String help) {
        return new Setting<>(name, form, defaultWords, fallback, help);
    }

    /** In lower case with dashes. */
    public String name() {
        return name;
    }

    /** As it is written on the command line. */
    public String flag() {
        return "--" + name;
    }

    /** As it is written in the environment. */
    public String variable() {
        return VARIABLE_PREFIX + name.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    /** What to write: {@code duration}, {@code 1..1024}, {@code plain|json}. */
    public String hint() {
        return form.hint();
    }

    /** The default, as a user would write it or in words. */
    public String defaultText() {
        return defaultText;
    }

    /** What it is for, in a sentence or two. */
    public String help() {
        return help;
    }

    boolean isFlag() {
        return form.hint().equals(Form.flag().hint());
    }

    /** The value, or an IllegalArgumentException with the rest of a sentence that starts with where it was set. */
    T parse(String text) {
        return form.parser().apply(text);
    }

    T defaultIn(Environment environment) {
        return fallback.apply(environment);
    }

    @Override
    public String toString() {
        return flag();
    }
}
