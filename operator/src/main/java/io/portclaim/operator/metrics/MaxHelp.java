package io.portclaim.operator.metrics;

import java.util.regex.Pattern;

/**
 * Micrometer describes the gauge of a histogram's largest value in the histogram's words (PrometheusMeterRegistry, 1.17),
 * so that nobody sees that it is a maximum, and of what time.
 */
final class MaxHelp {
    private static final Pattern HELP = Pattern.compile("^# HELP (\\w+)_max (.*)$", Pattern.MULTILINE);

    private MaxHelp() {}

    /** The text of a scrape, where each such gauge says what it is. */
    static String in(String scrape) {
        return HELP.matcher(scrape)
                .replaceAll(help -> isOfHistogram(help.group(1), scrape)
                        ? "# HELP $1_max The largest value of the last two to three minutes. $2"
                        : "$0");
    }

    private static boolean isOfHistogram(String name, String scrape) {
        return scrape.contains("# TYPE " + name + " histogram\n") || scrape.contains("# TYPE " + name + " summary\n");
    }
}
