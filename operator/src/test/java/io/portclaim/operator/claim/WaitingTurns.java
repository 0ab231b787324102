package io.portclaim.operator.claim;

import io.portclaim.operator.protocol.KeyLocks;
import io.portclaim.operator.threads.SystemTime;
import java.util.Arrays;
import java.util.stream.Stream;

/** Which threads wait for their turn with a claim, as their stacks show. */
final class WaitingTurns {
    private WaitingTurns() {}

    static boolean isWaiting(Thread thread) {
        return isWaiting(thread.getStackTrace());
    }

    static boolean isAnyWaiting() {
        return Thread.getAllStackTraces().values().stream().anyMatch(WaitingTurns::isWaiting);
    }

    /** Nothing but waiting stands above the lock. */
    private static boolean isWaiting(StackTraceElement... frames) {
        Stream<String> classes = Arrays.stream(frames)
                .map(StackTraceElement::getClassName)
                .dropWhile(name -> name.startsWith("java.") || name.startsWith("jdk."));
        return classes.limit(2)
                .toList()
                .equals(Stream.of(SystemTime.class, KeyLocks.class)
                        .map(Class::getName)
                        .toList());
    }
}
