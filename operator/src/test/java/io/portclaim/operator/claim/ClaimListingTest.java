package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.PresentMap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A list is of all there is, however many pages it has, and no older than its request. */
@Timeout(60)
class ClaimListingTest {
    private static final String CLAIMS = PortClaimApi.PATH + "/portclaims";
    private static final String MAPS = "/api/v1/configmaps";

    private final ScriptedApi api = new ScriptedApi();
    private final ClaimListing listing = api.listing();

    @AfterEach
    void end() {
        api.close();
    }

    private static String page(String apiVersion, String kind, String next, List<String> items) {
        return "{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{\"resourceVersion\":\"9\"%s},\"items\":[%s]}"
                .formatted(
                        apiVersion,
                        kind,
                        next.isEmpty() ? "" : ",\"continue\":\"" + next + "\"",
                        String.join(",", items));
    }

    private static String claims(String next, int first, int end) {
        return page(
                PortClaimApi.API_VERSION,
                "PortClaimList",
                next,
                IntStream.range(first, end)
                        .mapToObj(i -> Samples.webJson("uid-" + i, i + 1, null))
                        .toList());
    }

    private static String maps(String next, String... uids) {
        return page(
                "v1",
                "ConfigMapList",
                next,
                List.of(uids).stream()
                        .map(uid -> Samples.json(Samples.map(uid, 3)))
                        .toList());
    }

    private static String names(String next, String... names) {
        return page(
                "meta.k8s.io/v1",
                "PartialObjectMetadataList",
                next,
                List.of(names).stream()
                        .map(name -> "{\"metadata\":{\"namespace\":\"shop\",\"name\":\"%s\"}}".formatted(name))
                        .toList());
    }

    /** The parameters of a request for a page, one per line of the log. */
    private List<String> asked(String path) {
        assertThat(api.log()).allMatch(line -> line.startsWith("GET " + path + "?"));
        return api.log().stream()
                .map(line -> line.substring(("GET " + path + "?").length()))
                .map(query -> List.of(query.split("&", -1)).stream().sorted().collect(Collectors.joining(" ")))
                .toList();
    }

    @Test
    void claimsAreReadPageByPageToTheLast() throws IOException {
        api.answers(200, claims("more/1=", 0, 500))
                .answers(200, claims("more-2", 500, 501))
                .answers(200, claims("", 501, 502));
        List<String> uids = new ArrayList<>();

        listing.claims(UnaryOperator.identity()).forEach(claim -> uids.add(claim.uid()));

        assertThat(uids)
                .containsExactlyElementsOf(
                        IntStream.range(0, 502).mapToObj(i -> "uid-" + i).toList());
        assertThat(asked(CLAIMS))
                .containsExactly("limit=50", "continue=more%2F1%3D limit=50", "continue=more-2 limit=50");
        assertThat(api.log()).noneMatch(line -> line.contains("resourceVersion"));
    }

    @Test
    void aPageThatDoesNotComeIsNoEndOfTheList() {
        api.answers(200, claims("more", 0, 1)).answers(410, Samples.failure("Expired", null));
        assertThatThrownBy(() -> listing.claims(UnaryOperator.identity()).forEach(claim -> {}))
                .isInstanceOf(IOException.class);
    }

    @Test
    void configMapsOfTheOperatorsAreReadPageByPage() throws IOException {
        api.answers(200, maps("more", "uid-1", "uid-2")).answers(200, maps("", "uid-3"));
        List<PresentMap> found = new ArrayList<>();

        listing.configMaps(UnaryOperator.identity()).forEach(found::add);

        assertThat(found)
                .extracting(map -> ((KubernetesMap) map).object().getMetadata().getUid())
                .containsExactly("map-of-uid-1", "map-of-uid-2", "map-of-uid-3");
        String limit = " limit=" + KnownMap.LIST_PAGE;
        String label = "labelSelector=portclaim.io%2Fclaim-uid";
        assertThat(asked(MAPS)).containsExactly(label + limit, "continue=more " + label + limit);
    }

    @Test
    void ofAllConfigMapsOnlyNamesAreRead() throws IOException {
        api.answers(200, names("more/1=", "a", "b")).answers(200, names("", "c"));

        assertThat(listing.configMapNames())
                .containsExactlyInAnyOrder(
                        new ClaimKey("shop", "a"), new ClaimKey("shop", "b"), new ClaimKey("shop", "c"));

        assertThat(asked(MAPS)).containsExactly("limit=50", "continue=more%2F1%3D limit=50");
        assertThat(api.lastAccepted()).isEqualTo("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
    }

    @Test
    void namesThatCannotAllBeListedAreNoAnswer() {
        api.answers(200, names("more", "a")).answers(403, Samples.failure("Forbidden", null));
        assertThatThrownBy(listing::configMapNames)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/api/v1/configmaps can't be listed: Forbidden it is");
    }
}
