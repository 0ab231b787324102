package io.portclaim.operator.faults;

import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;

/** Cuts an operator off from the API server for good, as a crash does: nothing of what it still wants to send arrives. */
final class CutConnection implements Interceptor {
    private volatile boolean cut;

    void cut() {
        cut = true;
    }

    void attachTo(HttpClient.Builder builder) {
        builder.addOrReplaceInterceptor("cut", this);
    }

    @Override
    public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
        if (cut) {
            throw new IllegalStateException("cut off");
        }
    }
}
