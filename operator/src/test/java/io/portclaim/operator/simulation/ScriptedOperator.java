package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.PortPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;

/** A process, and what is to happen to its next calls. */
final class ScriptedOperator implements FaultyCalls.Calls {
    /** Longer than any history: its watches bring what they bring when it runs. */
    private static final Duration LONGEST_LAG = Duration.ofMinutes(10);

    private final String name;
    private final Baton baton;
    private final SimulatedCluster cluster;
    private final List<ScriptedStop> stops = new ArrayList<>();
    private final Map<String, FaultyCalls.Fault> faults = new HashMap<>();
    private final List<Consumer<PodAndNodeNews>> unheardOfPods = new ArrayList<>();
    private final SimulatedOperator process;
    private boolean hearsOfPods = true;

    ScriptedOperator(
            String name,
            Baton baton,
            SimulatedCluster cluster,
            Random random,
            LateRequests late,
            PortPool pool,
            PodSide.Maker podSide) {
        this.name = name;
        this.baton = baton;
        this.cluster = cluster;
        this.process = new SimulatedOperator(
                name,
                baton,
                cluster,
                random,
                this,
                late,
                new SimulatedOperator.Habits(Duration.ZERO, Duration.ZERO, LONGEST_LAG, false, true, Duration.ZERO),
                pool,
                podSide);
    }

    SimulatedOperator process() {
        return process;
    }

    void stopAt(String side, String call) {
        stops.add(new ScriptedStop(side, call));
    }

    void goOn() {
        stops.forEach(ScriptedStop::end);
        stops.clear();
    }

    void nextFault(String call, String fault) {
        faults.put(call, FaultyCalls.Fault.valueOf(fault.toUpperCase(Locale.ROOT)));
    }

    void hearOf(String what) {
        process.hearOnlyOf(
                what.equals("claims") || what.equals("everything"),
                what.equals("ConfigMaps") || what.equals("everything"));
    }

    void hearOfPods(boolean hears) {
        hearsOfPods = hears;
        if (hears) {
            unheardOfPods.forEach(news -> news.accept(process.news()));
            unheardOfPods.clear();
        }
    }

    /** Whether its watch of pods with ports of their own brings something. */
    boolean hasPodNews() {
        return hearsOfPods && process.hasPodNews();
    }

    void hearOfPod(Consumer<PodAndNodeNews> news) {
        if (hearsOfPods) {
            news.accept(process.news());
        } else {
            unheardOfPods.add(news);
        }
    }

    @Override
    public FaultyCalls.Fault before(String what) {
        cluster.note("%s: %s".formatted(name, what));
        stop("before", what);
        return Objects.requireNonNullElse(faults.remove(what), FaultyCalls.Fault.NONE);
    }

    @Override
    public void after(String what) {
        stop("after", what);
    }

    private void stop(String side, String what) {
        for (ScriptedStop stop : List.copyOf(stops)) {
            if (stop.isAt(side, what)) {
                cluster.note("%s stops %s %s".formatted(name, side, what));
                baton.await(stop.ended());
            }
        }
    }
}
