package io.portclaim.agent.census;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpTextTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "::",
                "::1",
                "2001:db8::1",
                "2001:db8:0:1:1:1:1:1",
                "2001:0:0:1::1",
                "fe80::1:0:0:1",
                "1::",
                "1:2:3:4:5:6:7:8",
                "2001:db8::"
            })
    void isWrittenByRfc5952(String text) throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap(InetAddress.getByName(text).getAddress());
        assertThat(IpText.of(bytes.getLong(), bytes.getLong())).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "10.0.0.9", "255.255.255.255"})
    void hasDotsForIpv4(String text) throws Exception {
        long address = ByteBuffer.wrap(InetAddress.getByName(text).getAddress()).getInt() & 0xFFFFFFFFL;
        assertThat(IpText.of(0, 0xFFFFL << 32 | address)).isEqualTo(text);
    }
}
