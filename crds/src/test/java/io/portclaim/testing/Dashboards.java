package io.portclaim.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The chart's dashboards for Grafana. */
public final class Dashboards {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** A metric's name, with its matchers if it has any. */
    private static final Pattern SERIES =
            Pattern.compile("\\b((?:portclaim|jvm|process|system)_[a-z0-9_]+)(?:\\{([^}]*)})?");

    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|on) \\(([^)]*)\\)");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)(?:=~|!=|!~|=)");
    private static final Pattern LEGEND = Pattern.compile("\\{\\{(\\w+)}}");
    /** What Prometheus or a fleet's setup adds to whatever is scraped, and the bound of a histogram's bucket. */
    private static final Set<String> ADDED = Set.of("cluster", "pod", "instance", "job", "namespace", "le");

    private Dashboards() {}

    /** Each, by its file's name. */
    public static Map<String, JsonNode> all() {
        Path folder = LocalCluster.repository().resolve("helm/portclaim/files/dashboards");
        try (Stream<Path> files = Files.list(folder)) {
            Map<String, JsonNode> all = new TreeMap<>();
            for (Path file : files.toList()) {
                all.put(file.getFileName().toString(), JSON.readTree(Files.readString(file)));
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The queries of every panel. */
    public static List<JsonNode> targets() {
        return all().values().stream()
                .flatMap(board -> board.path("panels").valueStream())
                .flatMap(panel -> panel.path("targets").valueStream())
                .toList();
    }

    /**
     * What a live scrape lacks of the series that the queries ask for.
     *
     * @param ofAgents whether it is an agent's scrape, and the queries about agents and nodes are looked at; else the others
     * @return names that are not served, and labels that none of a query's series has
     */
    public static List<String> missingIn(String scrape, boolean ofAgents) {
        Map<String, Scrape.Family> families = Scrape.parse(scrape).families();
        List<String> missing = new ArrayList<>();
        List<JsonNode> queries = new ArrayList<>(targets());
        all().values().forEach(board -> board.at("/templating/list").forEach(queries::add));
        for (JsonNode query : queries) {
            String text = query.has("expr")
                    ? query.path("expr").asText()
                    : query.at("/query/query").asText();
            Matcher series = SERIES.matcher(text);
            Set<String> labels = new TreeSet<>(ADDED);
            boolean looked = false;
            while (series.find()) {
                String name = series.group(1);
                if (isOfAgents(name) != ofAgents) {
                    continue;
                }
                looked = true;
                Scrape.Family family = family(families, name);
                if (family == null) {
                    missing.add(name);
                } else {
                    labels.addAll(family.labels());
                }
            }
            if (looked) {
                missing.addAll(unknown(text, query.path("legendFormat").asText(), labels));
            }
        }
        return missing;
    }

    private static boolean isOfAgents(String name) {
        return name.startsWith("portclaim_agent_") || name.startsWith("portclaim_node_");
    }

    private static Scrape.Family family(Map<String, Scrape.Family> families, String name) {
        return families.containsKey(name)
                ? families.get(name)
                : families.get(name.replaceFirst("_(bucket|sum|count)$", ""));
    }

    private static List<String> unknown(String query, String legend, Set<String> labels) {
        Set<String> used = new TreeSet<>();
        GROUPING.matcher(query)
                .results()
                .forEach(grouping -> used.addAll(List.of(grouping.group(1).split(", *"))));
        SERIES.matcher(query)
                .results()
                .filter(series -> series.group(2) != null)
                .forEach(series ->
                        MATCHER.matcher(series.group(2)).results().forEach(label -> used.add(label.group(1))));
        LEGEND.matcher(legend).results().forEach(label -> used.add(label.group(1)));
        used.removeAll(labels);
        return used.stream().map(label -> "label " + label + " in " + query).toList();
    }
}
