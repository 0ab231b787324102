package io.portclaim.testing;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A parsed answer of /metrics. */
public record Scrape(Map<String, Family> families, List<String> samples) {
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"[^\"]*\"");

    /** What one metric is; a histogram's bucket bounds are no label of it. */
    public record Family(String name, String type, String help, TreeSet<String> labels) {}

    /** Reads Prometheus' text format. */
    public static Scrape parse(String text) {
        Map<String, Family> families = new TreeMap<>();
        List<String> samples =
                text.lines().filter(line -> !line.startsWith("#")).toList();
        Map<String, String> helps = text.lines()
                .filter(line -> line.startsWith("# HELP "))
                .map(line -> line.split(" ", 4))
                .collect(Collectors.toMap(line -> line[2], line -> line[3]));
        text.lines()
                .filter(line -> line.startsWith("# TYPE "))
                .map(line -> line.split(" ", 4))
                .forEach(line -> families.put(
                        line[2],
                        new Family(line[2], line[3], helps.getOrDefault(line[2], ""), labels(line[2], samples))));
        return new Scrape(families, samples);
    }

    private static TreeSet<String> labels(String family, List<String> samples) {
        Pattern ofFamily = Pattern.compile(Pattern.quote(family) + "(_bucket|_sum|_count)?(\\{.*)? .*");
        TreeSet<String> labels = new TreeSet<>();
        for (String sample : samples) {
            if (ofFamily.matcher(sample).matches()) {
                Matcher label = LABEL.matcher(sample);
                while (label.find()) {
                    labels.add(label.group(1));
                }
            }
        }
        labels.remove("le");
        return labels;
    }
}
