package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Request;
import io.portclaim.operator.allocation.RequestedPort;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.DeletedClaimReleaser;
import io.portclaim.operator.protocol.KeyLocks;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.protocol.UndatedMaps;
import io.portclaim.operator.threads.SystemTime;
import io.portclaim.operator.threads.Workers;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.PortSet;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What an API server that gives no answer does to the release of ports: nothing. */
class DeletedClaimReleaserErrorsTest extends FailingServer {
    private static PortIndex holding() {
        PortIndex portIndex = new PortIndex(
                Clock.systemUTC(),
                new ForeignPorts(),
                new Listeners(new ForeignPorts(), Clock.systemUTC()),
                new EstimatedSize());
        PoolRules pool = new PoolRules(
                "default",
                PoolRules.Spec.of(PortSet.of(new PortRange(21000, 21999)))
                        .cooldown(Duration.ofSeconds(65))
                        .build());
        portIndex.decide(new Request(
                UID,
                new ClaimKey("games", "web"),
                Instant.EPOCH,
                6,
                pool,
                "web-ports",
                List.of(new RequestedPort("http", TransportProtocol.TCP, null, 1)),
                List.of(new Request.Target(
                        "node-a",
                        List.of(new NodeFacts("node-a", null, PortSet.EMPTY, false, NodeFacts.Source.ASSUMED))))));
        return portIndex;
    }

    private DeletedClaimReleaser releaser(PortIndex portIndex) {
        ServingGate gate = new ServingGate(new SystemTime());
        gate.beginLoading();
        gate.open();
        return new DeletedClaimReleaser(
                live,
                maps,
                new KeyLocks(new SystemTime()),
                portIndex,
                (pool, grant) -> Duration.ZERO,
                new ClaimTracker(),
                gate,
                new UndatedMaps(),
                new Workers("releaser", 1));
    }

    @Test
    void nothingIsReleasedOnAnAnswerThatIsNone() {
        PortIndex portIndex = holding();
        try (DeletedClaimReleaser releaser = releaser(portIndex)) {
            server.expect()
                    .get()
                    .withPath(CLAIM)
                    .andReturn(500, refusal(500, "no"))
                    .times(2);
            assertThatThrownBy(() -> releaser.releaseIfGone(UID, new ClaimKey("games", "web")))
                    .isInstanceOf(IllegalStateException.class);
            onGet(CLAIM, 403, refusal(403, "forbidden"));
            assertThatThrownBy(() -> releaser.releaseIfGone(UID, new ClaimKey("games", "web")))
                    .isInstanceOf(IllegalStateException.class);
            onGet(CLAIM, 404, refusal(404, "the server could not find the requested resource"));
            assertThatThrownBy(() -> releaser.releaseIfGone(UID, new ClaimKey("games", "web")))
                    .isInstanceOf(IllegalStateException.class);
            wire.cut();
            assertThatThrownBy(() -> releaser.releaseIfGone(UID, new ClaimKey("games", "web")))
                    .isInstanceOf(UncheckedIOException.class);
            wire.mend();
            onGet(CLAIM, 200, claim(UID, "7", null));
            assertThat(releaser.releaseIfGone(UID, new ClaimKey("games", "web")))
                    .isFalse();
            assertThat(portIndex.allocation(UID)).isPresent();
        }
    }

    @Test
    void aDepartureIsAskedAboutUntilThereIsAnAnswer() {
        PortIndex portIndex = holding();
        try (DeletedClaimReleaser releaser = releaser(portIndex)) {
            wire.cut();
            releaser.deleted(UID, new ClaimKey("games", "web"));
            await("a try").until(() -> wire.lost() > 0);
            onGet(CLAIM, 200, claim("uid-2", "9", null));
            onGet(MAP, 404, absent("web-ports"));
            wire.mend();
            await("release")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> portIndex.allocation(UID).isEmpty());
            assertThat(wire.arrived()).containsExactly("GET " + CLAIM, "GET " + MAP);
        }
    }
}
