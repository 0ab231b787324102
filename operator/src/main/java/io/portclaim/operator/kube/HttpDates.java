package io.portclaim.operator.kube;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the Date of answers. Hundreds a second have the same: to parse each was 1.3 % of a backlog's CPU time. Thread-safe. */
final class HttpDates {
    private volatile @Nullable Known last;

    private record Known(String header, Optional<Instant> date) {}

    /** The date, to the second; empty where there is none, or none that can be read. */
    Optional<Instant> of(@Nullable String header) {
        if (header == null) {
            return Optional.empty();
        }
        Known known = last;
        if (known == null || !known.header.equals(header)) {
            known = new Known(header, read(header));
            last = known;
        }
        return known.date;
    }

    private static Optional<Instant> read(String header) {
        try {
            return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(header.strip())));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
