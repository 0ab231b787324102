package io.portclaim.operator.simulation.pods;

import io.portclaim.operator.simulation.Mutant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The guards of scope Pod, each taken out, with a history that finds it. */
public final class PodMutants {
    /** How many histories were searched for the first that finds each. */
    public static final int SEARCHED = 20_000;

    /** The guards that the model has too, in the order of its page. */
    public static final List<Mutant> OF_MODEL = PodModelMutants.ALL;

    /** Those that only the code has. */
    public static final List<Mutant> OF_CODE = PodCodeMutants.ALL;

    /**
     * A unit test that finds one that no history does.
     *
     * @param type the test's class, below the operator's root package
     * @param method its method
     * @param why why the promise does not need that guard
     */
    public record UnitTest(String type, String method, String why) {
        @Override
        public String toString() {
            return "`%s.%s`: %s".formatted(type.substring(type.lastIndexOf('.') + 1), method, why);
        }
    }

    /** The unit tests, by what they find. */
    public static final Map<String, UnitTest> UNIT_TESTS = Map.of(
            "forget that a pod is gone",
            new UnitTest(
                    "protocol.pods.PodServiceTest",
                    "aPodThatIsGoneIsNotServedLate",
                    "the next sweep finds again that it is gone"),
            "release everywhere what was held on a node",
            new UnitTest(
                    "protocol.pods.PodServiceTest",
                    "anEndThatIsSeenBeforeTheNodeCoolsOnTheNode",
                    "more is blocked than has to be, and for no longer"),
            "miss what becomes free while a pod is refused",
            new UnitTest(
                    "protocol.pods.PodServiceTest",
                    "whatBecomesFreeWhileAPodIsRefusedIsNotMissed",
                    "the simulation changes threads at calls only, and between the decision and its record there is none; the"
                            + " next sweep tries the pod again"));

    private PodMutants() {}

    /** All of them. */
    public static Stream<Mutant> all() {
        return Stream.of(OF_MODEL, OF_CODE).flatMap(List::stream);
    }
}
