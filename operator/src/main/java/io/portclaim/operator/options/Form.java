package io.portclaim.operator.options;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How a setting's value is written.
 *
 * @param hint what to write, for the help: {@code duration}, {@code 1..1024}, {@code plain|json}
 * @param parser turns the text into the value; an IllegalArgumentException's message continues the sentence
 *     "the value of --flag ..."
 */
record Form<T>(String hint, Function<String, T> parser) {
    // RFC 1123 as the API server reads it for the names of Leases and namespaces.
    private static final Pattern DNS_SUBDOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
    private static final int DNS_SUBDOMAIN_LENGTH = 253;

    static Form<String> text() {
        return new Form<>("text", Function.identity());
    }

    static Form<Optional<String>> optionalText() {
        return new Form<>("text", Optional::of);
    }

    static Form<String> objectName() {
        return new Form<>("name", Form::parseObjectName);
    }

    static Form<NamespaceSet> namespaces() {
        return new Form<>("namespaces", NamespaceSet::parse);
    }

    static Form<Boolean> flag() {
        return new Form<>("true|false", Form::parseFlag);
    }

    static Form<Integer> number(int least, int most) {
        return new Form<>(least + ".." + most, text -> parseNumber(text, least, most));
    }

    static Form<Duration> duration(Duration least) {
        return new Form<>("duration", text -> parseDuration(text, least));
    }

    static <E extends Enum<E>> Form<E> choice(Class<E> choices) {
        List<E> values = Arrays.asList(choices.getEnumConstants());
        String hint = values.stream().map(Form::lower).collect(Collectors.joining("|"));
        return new Form<>(
                hint,
                text -> values.stream()
                        .filter(value -> lower(value).equals(text.toLowerCase(Locale.ROOT)))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("must be one of " + hint.replace("|", ", "))));
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    static String parseObjectName(String text) {
        if (text.length() > DNS_SUBDOMAIN_LENGTH || !DNS_SUBDOMAIN.matcher(text).matches()) {
            throw new IllegalArgumentException("is not a Kubernetes name; use lower-case letters, digits, '-' and '.',"
                    + " at most 253, with a letter or digit at both ends");
        }
        return text;
    }

    private static Boolean parseFlag(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("must be true or false");
        };
    }

    private static Integer parseNumber(String text, int least, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, with the range.
        }
        throw new IllegalArgumentException("must be a whole number from " + least + " to " + most);
    }

    private static Duration parseDuration(String text, Duration least) {
        Duration duration = DurationText.parse(text);
        if (duration.compareTo(least) < 0) {
            throw new IllegalArgumentException("must be at least " + DurationText.format(least));
        }
        return duration;
    }
}
