package io.portclaim.operator.simulation;

import io.portclaim.operator.kube.Pages;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The lists of the simulated API server: all pages of one come from one revision, until that is compacted. A token says which list
 * it goes on with and after what, as {@code 7/n-x}; instead of a list, {@link #NEWEST} goes on with what there is now, as the token
 * does that a real API server hands out with the answer that a list has expired.
 */
public final class PagedLists {
    /** Goes on with what there is now. */
    static final String NEWEST = "-1";

    private final Map<String, List<?>> lists = new HashMap<>();
    private int pageSize = Integer.MAX_VALUE;
    private int begun;

    /** From now on no page has more objects than {@code size}. */
    void pageSize(int size) {
        pageSize = size;
    }

    /** No list that has begun can go on. */
    void compact() {
        lists.clear();
    }

    /** Whether a list can go on. */
    boolean areAnyOpen() {
        return !lists.isEmpty();
    }

    /**
     * One page.
     *
     * @param token null for the first
     * @param all all that there is now, sorted by {@code key}
     */
    <T> Pages.Page<T> page(@Nullable String token, Function<T, String> key, Supplier<Collection<T>> all) {
        if (token == null) {
            return pageOf(Integer.toString(++begun), List.copyOf(all.get()), key);
        }
        int slash = token.indexOf('/');
        String list = token.substring(0, slash);
        String after = token.substring(slash + 1);
        List<T> left = new ArrayList<>(list.equals(NEWEST) ? all.get() : open(list));
        left.removeIf(item -> key.apply(item).compareTo(after) <= 0);
        return pageOf(list, left, key);
    }

    /** Only what {@link #pageOf} has kept under this name. */
    @SuppressWarnings("unchecked")
    private <T> Collection<T> open(String list) {
        List<?> open = lists.get(list);
        if (open == null) {
            throw new FaultyCalls.ServerError("HTTP 410: the list has expired");
        }
        return (Collection<T>) open;
    }

    private <T> Pages.Page<T> pageOf(String list, List<T> left, Function<T, String> key) {
        if (left.size() <= pageSize) {
            lists.remove(list);
            return new Pages.Page<>(() -> left, null);
        }
        List<T> items = left.subList(0, pageSize);
        lists.put(list, left);
        return new Pages.Page<>(() -> items, list + "/" + key.apply(items.get(pageSize - 1)));
    }
}
