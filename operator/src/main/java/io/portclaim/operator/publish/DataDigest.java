package io.portclaim.operator.publish;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A digest of a ConfigMap's data: equal for equal data, and for no others that anyone could find (SHA-256). */
public final class DataDigest {
    private final MessageDigest digest;

    /** Of nothing yet. */
    public DataDigest() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The digest of {@code data}, in hexadecimal. */
    public static String of(@Nullable Map<String, String> data) {
        DataDigest digest = new DataDigest();
        new TreeMap<>(Objects.requireNonNullElse(data, Map.of())).forEach(digest::add);
        return digest.finish();
    }

    /** Adds what follows in the order of the keys. */
    public void add(String key, String value) {
        addText(key);
        addText(value);
    }

    private void addText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        digest.update(bytes);
    }

    /** The digest of all that was added, in hexadecimal; the next one begins. */
    public String finish() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
