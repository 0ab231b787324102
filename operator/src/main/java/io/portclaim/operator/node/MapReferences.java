package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The ConfigMaps that a pod reads. */
final class MapReferences {
    private MapReferences() {}

    /**
     * One of them.
     *
     * @param name the ConfigMap's name, in the pod's namespace
     * @param optional whether the pod starts without it too
     */
    record Reference(String name, boolean optional) {}

    static Stream<Reference> of(PodSpec spec) {
        Stream<Reference> mounted = spec.getVolumes().stream().flatMap(MapReferences::of);
        Stream<Reference> environment =
                Pods.containers(spec).flatMap(container -> of(container.getEnv(), container.getEnvFrom()));
        // Someone who debugs on the host's network may well use the port; ports of its own such a container can't
        // declare. It came later than the pod, so what it reads kept nothing from starting.
        Stream<Reference> debugging = spec.getEphemeralContainers().stream()
                .flatMap(container -> of(container.getEnv(), container.getEnvFrom()))
                .map(reference -> new Reference(reference.name(), true));
        return Stream.of(mounted, environment, debugging).flatMap(references -> references);
    }

    private static Stream<Reference> of(List<EnvVar> variables, List<EnvFromSource> sources) {
        return Stream.concat(
                variables.stream()
                        .filter(variable -> variable.getValueFrom() != null
                                && variable.getValueFrom().getConfigMapKeyRef() != null)
                        .map(variable -> variable.getValueFrom().getConfigMapKeyRef())
                        .flatMap(key -> reference(key.getName(), key.getOptional())),
                sources.stream()
                        .filter(source -> source.getConfigMapRef() != null)
                        .flatMap(source -> reference(
                                source.getConfigMapRef().getName(),
                                source.getConfigMapRef().getOptional())));
    }

    private static Stream<Reference> of(Volume volume) {
        Stream<Reference> own = volume.getConfigMap() == null
                ? Stream.of()
                : reference(
                        volume.getConfigMap().getName(), volume.getConfigMap().getOptional());
        Stream<Reference> projected = volume.getProjected() == null
                ? Stream.of()
                : volume.getProjected().getSources().stream()
                        .filter(source -> source.getConfigMap() != null)
                        .flatMap(source -> reference(
                                source.getConfigMap().getName(),
                                source.getConfigMap().getOptional()));
        return Stream.concat(own, projected);
    }

    private static Stream<Reference> reference(@Nullable String name, @Nullable Boolean optional) {
        return Stream.ofNullable(name).map(known -> new Reference(known, Boolean.TRUE.equals(optional)));
    }
}
