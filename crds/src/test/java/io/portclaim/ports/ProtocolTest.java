package io.portclaim.ports;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProtocolTest {
    @ParameterizedTest
    @EnumSource
    void isFoundByTheNameInASpec(Protocol protocol) {
        assertThat(Protocol.named(protocol.name())).contains(protocol);
    }

    @Test
    void isTcpWhereASpecNamesNone() {
        assertThat(Protocol.named(null)).contains(Protocol.TCP);
    }

    @ParameterizedTest
    @ValueSource(strings = {"QUIC", "tcp", "TCPUDP", ""})
    void isNotFoundByAnyOtherName(String name) {
        assertThat(Protocol.named(name)).isEmpty();
    }
}
