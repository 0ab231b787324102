package io.portclaim.operator.lease;

import io.fabric8.kubernetes.client.http.AsyncBody;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the version of an object in an answer, and passes the answer on as it is. */
final class VersionReader implements AsyncBody.Consumer<List<ByteBuffer>> {
    // The API server writes it before labels and annotations, which others may write.
    private static final Pattern VERSION = Pattern.compile("\"resourceVersion\"\\s*:\\s*\"(\\d+)\"");
    /** The metadata before it are shorter: a name, a namespace, a UID. */
    private static final int MOST_CHARACTERS = 4096;

    private final AsyncBody.Consumer<List<ByteBuffer>> consumer;
    private final long known;
    private final Reader reader;
    private final StringBuilder text = new StringBuilder();
    private boolean isRead;

    /** Is called with the version. */
    @FunctionalInterface
    interface Reader {
        /** The answer has {@code version}; when it was requested, {@code known} was the latest that was known. */
        void read(long known, long version);
    }

    /** Passes on to {@code consumer}; {@code known} is the latest version of which an answer has come before this request. */
    VersionReader(AsyncBody.Consumer<List<ByteBuffer>> consumer, long known, Reader reader) {
        this.consumer = consumer;
        this.known = known;
        this.reader = reader;
    }

    @Override
    public void consume(List<ByteBuffer> bytes, AsyncBody body) throws Exception {
        bytes.forEach(this::look);
        consumer.consume(bytes, body);
    }

    private void look(ByteBuffer bytes) {
        if (isRead) {
            return;
        }
        text.append(StandardCharsets.UTF_8.decode(bytes.duplicate()));
        Matcher version = VERSION.matcher(text);
        boolean isFound = version.find();
        isRead = isFound || text.length() > MOST_CHARACTERS;
        if (isFound) {
            reader.read(known, Long.parseLong(version.group(1)));
        }
    }
}
