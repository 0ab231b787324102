package io.portclaim.operator.simulation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A history that can be run once. */
public interface Play {
    /** Runs it; the result is what is wrong, null when nothing is. */
    @Nullable
    String run();

    /** Runs it with these steps of another run of it, until users have left. */
    @Nullable
    String replay(List<Baton.Step> steps);

    /** What was done until users had left. */
    List<Baton.Step> steps();

    /** What happened, oldest first. */
    List<String> transcript();
}
