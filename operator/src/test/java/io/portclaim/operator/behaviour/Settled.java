package io.portclaim.operator.behaviour;

import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Whether something is as it was when it was looked at before. */
final class Settled implements Callable<Boolean> {
    private final Supplier<?> sample;
    private @Nullable Object before;

    Settled(Supplier<?> sample) {
        this.sample = sample;
    }

    @Override
    public Boolean call() {
        Object now = sample.get();
        boolean same = now.equals(before);
        before = now;
        return same;
    }
}
