package io.portclaim.agent.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.net.ssl.HttpsURLConnection;
import org.jspecify.annotations.Nullable;

/**
 * One exchange at a time with the API server, each on a connection of its own: an agent has something to say so seldom that
 * thousands of idle connections would help nobody. For one thread.
 */
public final class ApiServer {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int READ_MILLIS = 10_000;
    // A report is below 50 kB; a proxy's error page need not be read.
    private static final int MOST_BYTES = 256 * 1024;

    private final URI base;
    private final Authority authority;
    private final TokenSource tokens;

    static {
        // Else the JDK keeps a connection that the server is about to close, and the next write is lost on it.
        System.setProperty("http.keepAlive", "false");
        // Else the JDK sends a POST again by itself when a connection breaks (networking properties of the JDK).
        System.setProperty("sun.net.http.retryPost", "false");
    }

    /**
     * An API server.
     *
     * @param base such as {@code https://10.96.0.1:443}
     * @param certificates the file with the certificates that it is trusted by
     * @param tokens asked before each exchange
     */
    public ApiServer(URI base, Path certificates, TokenSource tokens) {
        this.base = base;
        this.authority = new Authority(certificates);
        this.tokens = tokens;
    }

    /**
     * The token as it is now.
     *
     * @throws IOException if it can't be read
     */
    public String token() throws IOException {
        return tokens.read();
    }

    Answer exchange(String method, String path, @Nullable String body) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) base.resolve(path).toURL().openConnection();
        if (connection instanceof HttpsURLConnection https) {
            https.setSSLSocketFactory(authority.sockets());
        }
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(READ_MILLIS);
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setRequestMethod(method);
        connection.setRequestProperty("Authorization", "Bearer " + tokens.read().strip());
        connection.setRequestProperty("Accept", "application/json");
        connection.setRequestProperty("User-Agent", "portclaim-agent");
        try {
            if (body != null) {
                send(connection, body);
            }
            return answer(connection);
        } finally {
            connection.disconnect();
        }
    }

    private static void send(HttpURLConnection connection, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/json");
        connection.setFixedLengthStreamingMode(bytes.length);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(bytes);
        }
    }

    private static Answer answer(HttpURLConnection connection) throws IOException {
        int code = connection.getResponseCode();
        InputStream in =
                code >= HttpURLConnection.HTTP_BAD_REQUEST ? connection.getErrorStream() : connection.getInputStream();
        if (in == null) {
            return new Answer(code, "");
        }
        try (in) {
            return new Answer(code, new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8));
        }
    }
}
