package io.portclaim.operator.codec;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.PortGrant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Grants by place, written once where they are the same at many places; where only the numbers differ, only the numbers
 * are written for each place: a claim over 500 nodes whose numbers differ on all of them is what a ledger has to bear.
 *
 * @param forms what is granted, without the numbers: a few lists, whatever the number of places
 * @param groups the places and the numbers there
 */
record StoredGrants(
        @JsonProperty("f") List<List<Form>> forms,
        @JsonProperty("g") List<Group> groups) {
    StoredGrants {
        forms = forms.stream().map(List::copyOf).toList();
        groups = List.copyOf(groups);
    }

    /** A grant without its number. */
    record Form(
            @JsonProperty("n") String name,
            @JsonProperty("x") TransportProtocol transport,
            @JsonProperty("k") int count) {
        Form {
            Objects.requireNonNull(name);
            Objects.requireNonNull(transport);
        }
    }

    /** The same grants at several places: a list of forms by its index, and the number of each. */
    record Group(
            @JsonProperty("w") List<String> places,
            @JsonProperty("f") int form,
            @JsonProperty("p") List<Integer> ports) {
        Group {
            places = List.copyOf(places);
            ports = List.copyOf(ports);
        }
    }

    static StoredGrants of(Map<String, List<PortGrant>> byPlace) {
        Map<List<PortGrant>, List<String>> places = new LinkedHashMap<>();
        byPlace.forEach((place, grants) ->
                places.computeIfAbsent(grants, key -> new ArrayList<>()).add(place));
        Map<List<Form>, Integer> forms = new LinkedHashMap<>();
        List<Group> groups = new ArrayList<>();
        places.forEach((grants, where) -> {
            List<Form> form = grants.stream()
                    .map(grant -> new Form(grant.name(), grant.transport(), grant.count()))
                    .toList();
            int index = forms.computeIfAbsent(form, key -> forms.size());
            groups.add(
                    new Group(where, index, grants.stream().map(PortGrant::port).toList()));
        });
        return new StoredGrants(List.copyOf(forms.keySet()), groups);
    }

    SortedMap<String, List<PortGrant>> byPlace() {
        SortedMap<String, List<PortGrant>> byPlace = new TreeMap<>();
        for (Group group : groups) {
            List<Form> form = forms.get(group.form);
            if (form.size() != group.ports.size()) {
                throw new IllegalArgumentException(
                        "%d numbers for %d ports".formatted(group.ports.size(), form.size()));
            }
            List<PortGrant> grants = IntStream.range(0, form.size())
                    .mapToObj(i -> new PortGrant(
                            form.get(i).name, form.get(i).transport, group.ports.get(i), form.get(i).count))
                    .toList();
            group.places.forEach(place -> byPlace.put(place, grants));
        }
        return byPlace;
    }
}
