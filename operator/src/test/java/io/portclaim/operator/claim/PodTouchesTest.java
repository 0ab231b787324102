package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.node.Pods;
import io.portclaim.operator.protocol.Background;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The one request that each pod gets which waits for a ConfigMap. */
@Timeout(60)
class PodTouchesTest {
    private static final String GONE = "{\"kind\": \"Status\", \"reason\": \"NotFound\"}";

    private static final ClaimKey WEB_MAP = new ClaimKey("shop", "web-ports");

    private final ScriptedApi api = new ScriptedApi();
    private final Pods pods = new Pods(new ForeignPorts(), slots -> {}, (map, node) -> {});
    private final PodTouches touches = new PodTouches(api.requests(), pods.waiting(), new AtOnce(), new SetClock());

    /** Does all at once. */
    private static final class AtOnce implements Background {
        @Override
        public boolean run(Runnable work) {
            work.run();
            return true;
        }

        @Override
        public void runAfter(Duration pause, Runnable work) {
            work.run();
        }

        @Override
        public boolean finish(Duration atMost) {
            return true;
        }
    }

    @AfterEach
    void end() {
        api.close();
    }

    private void waits(String name) {
        pods.onAdd(Serialization.unmarshal("""
                metadata: {name: "%1$s", namespace: shop, uid: "uid-of-%1$s"}
                status: {phase: Pending}
                spec: {nodeName: a, containers: [{name: c, envFrom: [{configMapRef: {name: web-ports}}]}]}
                """.formatted(name), Pod.class));
    }

    @Test
    void eachThatWaitsGetsAnAnnotation() {
        waits("web-0");
        waits("web-1");
        api.answers(200, "{}").answers(200, "{}");
        touches.written(WEB_MAP);
        assertThat(api.log())
                .containsExactly(
                        "PATCH /api/v1/namespaces/shop/pods/web-0", "PATCH /api/v1/namespaces/shop/pods/web-1");
        assertThat(Serialization.unmarshal(api.lastBody(), Pod.class).getMetadata())
                .satisfies(metadata -> assertThat(metadata.getUid()).isEqualTo("uid-of-web-1"))
                .satisfies(metadata -> assertThat(metadata.getAnnotations()).containsOnlyKeys(PodTouches.ANNOTATION));
    }

    @Test
    void nobodyWaitsForAnother() {
        waits("web-0");
        touches.written(new ClaimKey("shop", "other-ports"));
        touches.written(new ClaimKey("market", "web-ports"));
        assertThat(api.log()).isEmpty();
    }

    /** It starts by itself, later. */
    @Test
    void oneThatCannotBeChangedDoesNotKeepTheNextFromIt() {
        waits("web-0");
        waits("web-1");
        waits("web-2");
        api.cuts().answers(404, GONE).answers(200, "{}");
        touches.written(WEB_MAP);
        assertThat(api.log()).hasSize(3);
    }
}
