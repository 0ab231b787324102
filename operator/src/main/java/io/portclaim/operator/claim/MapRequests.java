package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.protocol.ConfigMapApi;
import io.portclaim.operator.protocol.Listing;
import io.portclaim.operator.protocol.PresentMap;
import io.portclaim.operator.protocol.WantedMap;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The requests that are made for ConfigMaps. Thread-safe. */
final class MapRequests implements ConfigMapApi {
    private final Requests requests;
    private final KubernetesSerialization serialization;
    private final ClaimListing listing;
    private final InstantSource clock;
    private final Consumer<ClaimKey> published;

    /**
     * Sends {@code requests}.
     *
     * @param listing lists ConfigMaps
     * @param clock stands in for the API server's where something between has taken the Date off an answer
     * @param published gets the name of each ConfigMap that was written
     */
    MapRequests(
            Requests requests,
            KubernetesClient client,
            ClaimListing listing,
            InstantSource clock,
            Consumer<ClaimKey> published) {
        this.requests = requests;
        this.serialization = client.getKubernetesSerialization();
        this.listing = listing;
        this.clock = clock;
        this.published = published;
    }

    @Override
    public Seen read(ClaimKey name) {
        Requests.Answer answer = answered(() -> requests.get(path(name)));
        if (answer.isSuccess()) {
            return new Seen(new KubernetesMap(map(answer)), at(answer));
        }
        if (answer.saysAbsent(name.name())) {
            return new Seen(null, at(answer));
        }
        throw new IllegalStateException("ConfigMap %s can't be read now: %s".formatted(name, answer.message()));
    }

    @Override
    public <V> Listing<V> list(Function<PresentMap, V> convert) {
        return listing.configMaps(convert);
    }

    @Override
    public Set<ClaimKey> names() throws IOException {
        return listing.configMapNames();
    }

    @Override
    public Answer create(WantedMap wanted, Mode mode) {
        return post(wanted.name(), KubernetesMap.create(wanted), mode);
    }

    @Override
    public Answer createAgain(WantedMap wanted, PresentMap gone) {
        return post(wanted.name(), own(gone).createdAgain(wanted), Mode.WRITE);
    }

    private Answer post(ClaimKey name, ConfigMap map, Mode mode) {
        return written(
                name, mode, answered(() -> requests.send("POST", collection(name.namespace()) + query(mode), map)));
    }

    @Override
    public Answer update(WantedMap wanted, PresentMap present, Mode mode) {
        ClaimKey name = wanted.name();
        ConfigMap map = own(present).updated(wanted);
        return written(name, mode, answered(() -> requests.send("PUT", path(name) + query(mode), map)));
    }

    @Override
    public Answer delete(PresentMap present) {
        ClaimKey name = present.name();
        Map<String, Object> preconditions = Map.of(
                "apiVersion", "v1",
                "kind", "DeleteOptions",
                "preconditions",
                        Map.of(
                                "uid", own(present).object().getMetadata().getUid(),
                                "resourceVersion", present.version()));
        Requests.Answer answer = answered(() -> requests.send("DELETE", path(name), preconditions));
        if (answer.isSuccess() && !answer.finalizers().isEmpty()) {
            throw new IllegalStateException(
                    "ConfigMap %s is deleted but still exists, because it has the finalizers %s: remove them"
                            .formatted(name, answer.finalizers()));
        }
        return answer.isSuccess() ? new Answer.Done(at(answer), null) : refused(name, answer);
    }

    private Answer written(ClaimKey name, Mode mode, Requests.Answer answer) {
        if (!answer.isSuccess()) {
            return refused(name, answer);
        }
        if (mode == Mode.WRITE) {
            published.accept(name);
        }
        return new Answer.Done(at(answer), stored(answer));
    }

    /** An answer that something in between has made says nothing of what is stored. */
    private @Nullable PresentMap stored(Requests.Answer answer) {
        ConfigMap map = map(answer);
        return map == null || map.getMetadata() == null || map.getMetadata().getUid() == null
                ? null
                : new KubernetesMap(map);
    }

    private Answer refused(ClaimKey name, Requests.Answer answer) {
        String why = answer.message();
        if (answer.code() == 409) {
            return new Answer.Conflict(why);
        }
        if (answer.saysAbsent(name.name())) {
            return new Answer.Absent(at(answer), why);
        }
        if (answer.isNamespaceGoing() || answer.code() == 404) {
            return new Answer.NamespaceGoing(
                    why, answer.isNamespaceGoing() ? answer.date().orElse(null) : null);
        }
        return answer.isTransient() ? new Answer.Failed(why) : new Answer.Refused(why, lacksPermission(answer));
    }

    /** Of the refusals with code 403, those for want of a right say who can't do what; quotas and policies do not. */
    private static boolean lacksPermission(Requests.Answer answer) {
        return answer.code() == 403
                && answer.message().contains(" cannot ")
                && answer.message().contains("User \"");
    }

    private static KubernetesMap own(PresentMap map) {
        return (KubernetesMap) map;
    }

    private ConfigMap map(Requests.Answer answer) {
        return serialization.unmarshal(new ByteArrayInputStream(answer.body()), ConfigMap.class);
    }

    private Instant at(Requests.Answer answer) {
        return answer.date().orElseGet(clock::instant);
    }

    @Override
    public Instant now() {
        return requests.latestServerTime().orElseGet(clock::instant);
    }

    private static String collection(String namespace) {
        return "/api/v1/namespaces/" + namespace + "/configmaps";
    }

    private static String path(ClaimKey name) {
        return collection(name.namespace()) + "/" + name.name();
    }

    private static String query(Mode mode) {
        return mode == Mode.DRY_RUN ? "?dryRun=All" : "";
    }

    private interface Sending {
        Requests.Answer send() throws IOException;
    }

    private static Requests.Answer answered(Sending sending) {
        try {
            return sending.send();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
