package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.IndexFixture.assignment;
import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.ports.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AssignmentTest {
    @Test
    void placesWithEqualGrantsShareOneList() {
        SortedMap<String, List<PortGrant>> byPlace = new TreeMap<>();
        byPlace.put("n0", List.of());
        for (String place : List.of("n1", "n2", "n4")) {
            byPlace.put(
                    place, new ArrayList<>(assignment("n: a=100/TCP b=101/UDP").at("n")));
        }
        byPlace.put("n3", assignment("n: b=101/UDP a=100/TCP").at("n"));

        Assignment shared = new Assignment(byPlace);

        assertThat(shared)
                .isEqualTo(
                        assignment(
                                "n1: a=100/TCP b=101/UDP; n2: a=100/TCP b=101/UDP; n3: b=101/UDP a=100/TCP; n4: a=100/TCP b=101/UDP"));
        assertThat(shared.at("n2")).isSameAs(shared.at("n1"));
        assertThat(shared.at("n4")).isSameAs(shared.at("n1"));
        byPlace.values().forEach(grants -> assertThat(grants).isNotSameAs(shared.at("n1")));
    }

    @ParameterizedTest
    @CsvSource({
        "n1, TCP, 99, false",
        "n1, TCP, 100, true",
        "n1, UDP, 100, false",
        "n1, TCP, 101, true",
        "n1, UDP, 102, true",
        "n1, TCP, 103, false",
        "n2, TCP, 100, false",
        "*, TCP, 100, false"
    })
    void aSlotIsHeldAtItsPlaceInItsPortSpace(String place, Protocol protocol, int port, boolean held) {
        Assignment assignment = assignment("n1: a=100/TCP b=101-102/TCPUDP; n2: a=200/TCP");
        Slot slot = new Slot(place, protocol, port);

        assertThat(assignment.holds(slot)).isEqualTo(held);
        assertThat(assignment.slots().contains(slot)).isEqualTo(held);
    }

    @ParameterizedTest
    @CsvSource({
        "n1: a=100/TCP, true",
        "n1: c=101/UDP d=102/TCP, true",
        "n1: a=100/TCP b=101-102/TCPUDP; n2: a=200/TCP, true",
        "n1: b=101-103/TCP, false",
        "n1: a=100/TCPUDP, false",
        "n1: a=100/TCP; n3: a=200/TCP, false"
    })
    void allOfAnotherIsHeldSlotBySlot(String other, boolean held) {
        assertThat(assignment("n1: a=100/TCP b=101-102/TCPUDP; n2: a=200/TCP").holdsAllOf(assignment(other)))
                .isEqualTo(held);
    }

    @Test
    void theFirstSlotThatIsWantedEndsTheSearch() {
        List<Slot> seen = new ArrayList<>();
        assertThat(assignment("n1: a=100-105/TCP; n2: a=100/TCP").firstSlot(slot -> {
                    seen.add(slot);
                    return slot.port() == 101;
                }))
                .contains(IndexFixture.tcp("n1", 101));
        assertThat(seen).containsExactly(IndexFixture.tcp("n1", 100), IndexFixture.tcp("n1", 101));
        assertThat(Assignment.NONE.firstSlot(slot -> true)).isEmpty();
    }
}
