package io.portclaim.operator.codec;

import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.EntrySize;
import io.portclaim.operator.allocation.PortGrant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An estimate of what {@link LedgerCodec} writes for a decision. It is made for each decision, so it costs no encoding. */
public final class EstimatedSize implements EntrySize {
    /** What an entry has beside names and grants: keys, the creation time, how many numbers are asked for. */
    private static final int ENTRY = 120;

    private static final int GROUP = 30;
    private static final int FORM = 45;
    private static final int NUMBER = 6;
    private static final int PER_PLACE = 3;

    /** An entry also says what is released. */
    @Override
    public int of(ClaimAllocation decided) {
        int names = decided.uid().length()
                + decided.key().namespace().length()
                + decided.key().name().length()
                + decided.pool().length()
                + decided.configMapName().length();
        return ENTRY + names + size(decided.current()) + size(decided.released());
    }

    /** As {@link StoredGrants} has it: names of nodes, what is granted there, and the numbers, each once where places are alike. */
    private static int size(Assignment assignment) {
        int size = 0;
        Set<List<PortGrant>> lists = new HashSet<>();
        Set<List<PortGrant>> forms = new HashSet<>();
        for (Map.Entry<String, List<PortGrant>> place : assignment.byPlace().entrySet()) {
            size += place.getKey().length() + PER_PLACE;
            if (lists.add(place.getValue())) {
                size += GROUP + NUMBER * place.getValue().size();
                List<PortGrant> form = withoutNumbers(place.getValue());
                if (forms.add(form)) {
                    size += form.stream()
                            .mapToInt(grant -> FORM + grant.name().length())
                            .sum();
                }
            }
        }
        return size;
    }

    private static List<PortGrant> withoutNumbers(List<PortGrant> grants) {
        return grants.stream()
                .map(grant -> new PortGrant(grant.name(), grant.transport(), 1, grant.count()))
                .toList();
    }
}
