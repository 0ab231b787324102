package io.portclaim.operator.kube;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many objects of a kind are requested at once: as many as the caller says, more while pages turn out to be small, and fewer, for as
 * long as the process runs, once those of one page take too much memory. The API server counts objects, not bytes. Thread-safe.
 */
final class PageSizes {
    private static final Logger LOG = LoggerFactory.getLogger(PageSizes.class);
    /**
     * What is kept of one page, in bytes of JSON; as objects it takes ten times that, and some kinds are listed at once. Usual pages
     * have a quarter of it.
     */
    private static final int MOST_BYTES = 2 << 20;

    private static final int SHRINKS_TO = 8;

    /** What a page is let grow to: as many objects as kubectl requests at once, and so many bytes, kept and as they arrive. */
    static final int MOST_OBJECTS = 500;

    private static final int USUAL_BYTES = MOST_BYTES / 4;
    private static final int USUAL_ARRIVING = 4 << 20;
    private static final int GROWS_BY = 8;
    /**
     * Of a page that has grown, no more bytes are awaited than the callers' own pages may have: ten ConfigMaps of six mebibytes of JSON
     * each. It must arrive within the client's timeout.
     */
    private static final int MOST_ARRIVING = 64 << 20;

    private static final Pattern LIMIT = Pattern.compile("(?<=[?&]limit=)\\d+");
    /** What differs between the pages of one list. */
    private static final Pattern OF_A_PAGE = Pattern.compile("(?<=[?&])(limit|continue|resourceVersion\\w*)=[^&]*&?");

    private static final Pattern LAST = Pattern.compile("[?&]$");

    /** By path. */
    private final Map<String, Integer> most = new ConcurrentHashMap<>();
    /** By path and selector: what callers say, and what the last whole page gave. */
    private final Map<String, Integer> asked = new ConcurrentHashMap<>();

    private final Map<String, Integer> grown = new ConcurrentHashMap<>();

    /** The same request, for as many objects as a page of its list may have. */
    URI limited(URI request) {
        Matcher limit = LIMIT.matcher(request.toString());
        if (!limit.find()) {
            return request;
        }
        int wanted = Integer.parseInt(limit.group());
        String list = list(request);
        asked.merge(list, wanted, Math::min);
        int size = Math.min(
                most.getOrDefault(request.getPath(), Integer.MAX_VALUE),
                Math.max(wanted, grown.getOrDefault(list, wanted)));
        return size == wanted ? request : URI.create(limit.replaceFirst(Integer.toString(size)));
    }

    private static String list(URI request) {
        return LAST.matcher(OF_A_PAGE.matcher(request.toString()).replaceAll(""))
                .replaceAll("");
    }

    /** What the answer to {@code request} may take; no more than one object is never too much. */
    Budget budget(URI request) {
        Matcher limit = LIMIT.matcher(request.toString());
        int objects = limit.find() ? Integer.parseInt(limit.group()) : 1;
        String list = list(request);
        return new Budget(request.getPath(), list, objects, asked.getOrDefault(list, objects));
    }

    /** What one answer may take. Not thread-safe. */
    final class Budget {
        private final String path;
        private final String list;
        private final int objects;
        private final int leastObjects;
        private long taken;
        private long arrived;

        private Budget(String path, String list, int objects, int leastObjects) {
            this.path = path;
            this.list = list;
            this.objects = objects;
            this.leastObjects = leastObjects;
        }

        /**
         * Counts more bytes.
         *
         * @param arriving how many have arrived
         * @param kept how many are kept of these
         * @throws IOException when they are too many; the next request for this kind asks for fewer objects
         */
        void take(int arriving, int kept) throws IOException {
            arrived += arriving;
            taken += kept;
            if (taken > MOST_BYTES && objects > 1) {
                throw tooMuch(Math.max(1, objects / SHRINKS_TO), MOST_BYTES);
            }
            if (arrived > MOST_ARRIVING && objects > leastObjects) {
                throw tooMuch(leastObjects, MOST_ARRIVING);
            }
        }

        private IOException tooMuch(int fewer, int bytes) {
            most.merge(path, fewer, Math::min);
            LOG.info(
                    "{}: {} objects take more than {} MiB; from now on {} are requested at once",
                    path,
                    objects,
                    bytes >> 20,
                    fewer);
            return new IOException("%d objects of %s take too much memory; the next request is for %d"
                    .formatted(objects, path, fewer));
        }

        /** The page has come, with so many objects: the next one may have as many more as would still be small. */
        void complete(int found) {
            if (found > 0) {
                long small = Math.min(USUAL_ARRIVING * (long) found / arrived, USUAL_BYTES * (long) found / taken);
                grown.put(list, (int) Math.min(Math.min(small, MOST_OBJECTS), (long) objects * GROWS_BY));
            }
        }
    }
}
