package io.portclaim.operator.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.publish.Believed;
import io.portclaim.operator.publish.ConfigMapIdentity;
import io.portclaim.operator.publish.DataDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whose ConfigMap says what a new claim wishes. */
class EarlierPortsTest {
    private static final Assignment SAID =
            Assignment.at("*", List.of(new PortGrant("http", TransportProtocol.TCP, 1004, 1)));

    private final List<String> kept = new ArrayList<>();
    private final List<String> holders = new ArrayList<>();
    private final Claim web = new Claim(
            "new",
            new ClaimKey("shop", "web"),
            "10",
            1,
            Instant.EPOCH,
            new PortClaimSpec(
                    "main", Scope.CLUSTER, null, null, null, List.of(new PortRequest("http", null, null, null)), null),
            null);

    private final class Named implements NamedPorts {
        @Override
        public void keepNamed(Claim claim, Assignment said) {
            kept.add(said.slots().toString());
        }

        @Override
        public void mayName(Claim claim) {}

        @Override
        public void mapSaysOnly(ClaimKey map, Instant since) {}

        @Override
        public boolean isRead(ClaimKey map) {
            return false;
        }

        @Override
        public boolean isHolder(String uid) {
            return holders.contains(uid);
        }
    }

    record Map1004(ConfigMapIdentity of, List<Owner> owners) implements PresentMap {
        @Override
        public ClaimKey name() {
            return new ClaimKey("shop", "web-ports");
        }

        @Override
        public String version() {
            return "5";
        }

        @Override
        public Map<String, String> own(Part part) {
            return part == Part.LABELS ? of.labels() : of.annotations();
        }

        @Override
        public boolean isImmutable() {
            return false;
        }

        @Override
        public String digest() {
            return DataDigest.of(data());
        }

        @Override
        public boolean hasData() {
            return true;
        }

        @Override
        public boolean hasMetadata() {
            return true;
        }

        @Override
        public Map<String, String> data() {
            return Map.of("HTTP_PORT", "1004");
        }

        @Override
        public Set<String> managers(String key) {
            return Set.of();
        }
    }

    private Assignment wished(@Nullable PresentMap map) {
        return earlierPorts().wished(web, map);
    }

    private EarlierPorts earlierPorts() {
        ConfigMapApi nobodyReads = UnclaimedMapsTest.nothing(ConfigMapApi.class);
        return new EarlierPorts(nobodyReads, new Named(), claim -> Believed.ALL);
    }

    private static Map1004 of(String claim, String uid) {
        return new Map1004(new ConfigMapIdentity(claim, uid), List.of());
    }

    @Test
    void thatOfAnEarlierClaimOfTheName() {
        assertThat(wished(of("web", "gone"))).isEqualTo(SAID);
    }

    /** Else a tenant whose claims are refused for its limit keeps any number of ports by ConfigMaps that it plants. */
    @Test
    void nothingIsKeptForAWish() {
        wished(of("web", "gone"));
        assertThat(kept).isEmpty();

        earlierPorts().keep(web, of("web", "gone"));
        assertThat(kept).hasSize(1);
    }

    @Test
    void noneWithoutOne() {
        assertThat(wished(null)).isEqualTo(Assignment.NONE);
    }

    @Test
    void notThatOfAClaimOfAnotherName() {
        assertThat(wished(of("api", "gone"))).isEqualTo(Assignment.NONE);
        assertThat(kept).isEmpty();
    }

    @Test
    void notItsOwn() {
        assertThat(wished(of("web", "new"))).isEqualTo(Assignment.NONE);
        PresentMap.Owner owner = new PresentMap.Owner("portclaim.io/v1alpha1", "PortClaim", "web", "new", true, false);
        assertThat(wished(new Map1004(new ConfigMapIdentity("web", "gone"), List.of(owner))))
                .as("somebody has changed its annotations")
                .isEqualTo(Assignment.NONE);
    }

    @Test
    void notACopyOfWhatALivingClaimHasPublished() {
        holders.add("original");
        assertThat(wished(of("web", "original"))).isEqualTo(Assignment.NONE);
        assertThat(kept).isEmpty();
    }
}
