package io.portclaim.testing;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The metrics that a page lists.
 *
 * @param metrics in the page's order
 */
public record MetricsPage(List<Metric> metrics) {
    private static final Pattern ROW =
            Pattern.compile("^\\| `(portclaim_\\w+)` \\| (\\w+) \\|([^|]*)\\| .* \\|$", Pattern.MULTILINE);
    private static final Pattern LABEL = Pattern.compile("`(\\w+)`");

    /** A row of its table. */
    public record Metric(String name, String type, Set<String> labels) {
        /** Its labels with one more, which all of the page have. */
        public Set<String> labels(String more) {
            Set<String> all = new TreeSet<>(labels);
            all.add(more);
            return all;
        }
    }

    /** Reads a page of docs/. */
    public static MetricsPage of(String name) {
        String page = Pages.text(LocalCluster.repository().resolve("docs").resolve(name));
        return new MetricsPage(ROW.matcher(page)
                .results()
                .map(row -> new Metric(row.group(1), row.group(2), labels(row.group(3))))
                .toList());
    }

    private static Set<String> labels(String cell) {
        return LABEL.matcher(cell)
                .results()
                .map(label -> label.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
