package io.portclaim.operator.faults;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import java.util.List;
import java.util.Random;

/**
 * What random users choose from: few names and few numbers, so that they meet.
 *
 * @param random where all chance comes from
 * @param namespaces the users' namespaces
 */
record Dice(Random random, List<String> namespaces) {
    static final List<String> NODES = List.of("r-a", "r-b", "r-c", "r-d", "r-e", "r-f");
    static final List<String> POOLS = List.of("r-wide", "r-narrow");
    static final int CLAIMS = 60;

    int roll(int sides) {
        return random.nextInt(sides);
    }

    <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    String namespace() {
        return pick(namespaces);
    }

    String claimName() {
        return "c" + random.nextInt(CLAIMS + 20);
    }

    String sharedMap() {
        return "shared-" + random.nextInt(3);
    }

    /** A number in or near the pools. */
    int number() {
        return chance(80) ? 20000 + random.nextInt(60) : pick(List.of(20100, 30100)) + random.nextInt(30);
    }

    LabelSelector zone() {
        return zone(chance(50) ? "a" : "b");
    }

    static LabelSelector zone(String zone) {
        return new LabelSelectorBuilder().addToMatchLabels("zone", zone).build();
    }
}
