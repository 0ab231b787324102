package io.portclaim.operator.behaviour;

import io.portclaim.operator.testing.RunningOperator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** What an operator serves over HTTP. */
final class Endpoint {
    private Endpoint() {}

    /** What that operator's endpoint answers: the code, a blank, and the body. */
    static String get(RunningOperator operator, String path) {
        URI uri = URI.create("http://127.0.0.1:" + operator.operator().httpPort() + path);
        try {
            HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
            return response.statusCode() + " " + response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
