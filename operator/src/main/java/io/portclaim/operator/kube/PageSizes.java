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
 * How many objects of a kind are requested at once. As many as the caller says, until those of one page take too much memory: from
 * then on fewer, for as long as the process runs. The API server counts objects, not bytes. Thread-safe.
 */
final class PageSizes {
    private static final Logger LOG = LoggerFactory.getLogger(PageSizes.class);
    /**
     * What is kept of one page, in bytes of JSON; as objects it takes ten times that, and some kinds are listed at once. Usual pages
     * have a tenth of it.
     */
    private static final int MOST_BYTES = 2 << 20;

    private static final int SHRINKS_TO = 8;
    private static final Pattern LIMIT = Pattern.compile("(?<=[?&]limit=)\\d+");

    private final Map<String, Integer> most = new ConcurrentHashMap<>();

    /** The same request, for no more objects than its kind allows. */
    URI limited(URI request) {
        Matcher limit = LIMIT.matcher(request.toString());
        Integer allowed = most.get(request.getPath());
        return allowed == null || !limit.find() || Integer.parseInt(limit.group()) <= allowed
                ? request
                : URI.create(limit.replaceFirst(Integer.toString(allowed)));
    }

    /** What the answer to {@code request} may take; no more than one object is never too much. */
    Budget budget(URI request) {
        Matcher limit = LIMIT.matcher(request.toString());
        return new Budget(request.getPath(), limit.find() ? Integer.parseInt(limit.group()) : 1);
    }

    /** What one answer may take. Not thread-safe. */
    final class Budget {
        private final String path;
        private final int objects;
        private long taken;

        private Budget(String path, int objects) {
            this.path = path;
            this.objects = objects;
        }

        /**
         * Counts more bytes.
         *
         * @throws IOException when they are too many; the next request for this kind asks for fewer objects
         */
        void take(int bytes) throws IOException {
            taken += bytes;
            if (taken > MOST_BYTES && objects > 1) {
                int fewer = Math.max(1, objects / SHRINKS_TO);
                most.merge(path, fewer, Math::min);
                LOG.info(
                        "{}: {} objects take more than {} MiB; from now on {} are requested at once",
                        path,
                        objects,
                        MOST_BYTES >> 20,
                        fewer);
                throw new IOException("%d objects of %s take too much memory; the next request is for %d"
                        .formatted(objects, path, fewer));
            }
        }
    }
}
