package io.portclaim.operator.allocation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** One operation of a random history. The numbers are read modulo what there is to choose from, so any subset replays. */
record HistoryStep(Kind kind, int a, int b, int c) {

    /** What happens, and how often among a hundred or so operations. */
    enum Kind {
        CREATE(14),
        RECONCILE(42),
        COMMIT(10),
        EDIT(6),
        WITHDRAW(3),
        DELETE(8),
        CONFIRM_GONE(7),
        EDIT_POOL(2),
        CHANGE_NODE(3),
        CHANGE_POD(6),
        CHANGE_LISTENER(6),
        LET_TIME_PASS(8),
        NEW_LEADER(3),
        LATE_WRITE(3);

        private final int weight;

        Kind(int weight) {
            this.weight = weight;
        }
    }

    private static final List<Kind> DRAW = draw();

    private static List<Kind> draw() {
        List<Kind> kinds = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (int i = 0; i < kind.weight; i++) {
                kinds.add(kind);
            }
        }
        return List.copyOf(kinds);
    }

    static List<HistoryStep> history(long seed, int length) {
        Random random = new Random(seed);
        List<HistoryStep> steps = new ArrayList<>(length);
        for (int i = 0; i < length; i++) {
            Kind kind = DRAW.get(random.nextInt(DRAW.size()));
            steps.add(new HistoryStep(kind, random.nextInt(1 << 20), random.nextInt(1 << 20), random.nextInt(1 << 20)));
        }
        return steps;
    }
}
