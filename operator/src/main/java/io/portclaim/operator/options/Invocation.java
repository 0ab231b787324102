package io.portclaim.operator.options;

import java.util.List;

/** What a command line asks for. */
public sealed interface Invocation {
    /**
     * To run.
     *
     * @param options what to run with
     * @param warnings a sentence for each thing that was ignored, to be logged
     */
    record Run(Options options, List<String> warnings) implements Invocation {
        /** Copies the warnings. */
        public Run {
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * To print what can be set.
     *
     * @param text for standard output; the exit code is 0
     */
    record Help(String text) implements Invocation {}

    /**
     * Something that cannot be done.
     *
     * @param message for standard error: what was wrong and what would work
     */
    record Refused(String message) implements Invocation {
        /** As for most command-line tools: wrong usage. */
        public static final int EXIT_CODE = 2;
    }

    /**
     * Reads flags and environment variables.
     *
     * @param arguments the command line, without the program's name
     * @param environment where the rest is found
     */
    static Invocation read(List<String> arguments, Environment environment) {
        return new OptionsReader(environment).read(arguments);
    }
}
