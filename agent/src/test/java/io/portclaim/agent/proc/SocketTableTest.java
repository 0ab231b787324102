package io.portclaim.agent.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rows as Linux 6.18 on x86_64 has printed them. */
class SocketTableTest {
    private static final String TCP = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1145 1 000000000269a7eb 100 0 0 10 0
               1: 0100AA0A:86CC 0200AA0A:01BB 06 00000000:00000000 03:00000E38 00000000     0        0 0 3 00000000c07650a7
            """;
    private static final String TCP6 = """
              sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 61207 1 00000000d2d1c9a3 100 0 0 10 0
               1: 0000000000000000FFFF00000100007F:A7C2 0000000000000000FFFF00000100007F:1F90 08 00000000:00000000 00:00000000 00000000 65532        0 61310 1 00000000b2c0bd9a 20 4 30 10 -1
               2: B80D0120000000000000000001000000:C350 B80D0120000000000000000009000000:01BB 01 00000000:00000000 02:00000ADA 00000000     0        0 61318 2 0000000021f7cb45 20 4 0 10 -1
            """;
    private static final String UDP = """
               sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
              118: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 10422 2 00000000f6a1c5cd 0
            """;

    private static List<String> rows(ByteOrder order, InputStream in) throws IOException {
        List<String> rows = new ArrayList<>();
        new SocketTable(order)
                .read(
                        in,
                        row -> rows.add("%s %x:%x/%d %x:%x/%d uid %d%s"
                                .formatted(
                                        row.state(),
                                        row.localHigh(),
                                        row.localLow(),
                                        row.localPort(),
                                        row.remoteHigh(),
                                        row.remoteLow(),
                                        row.remotePort(),
                                        row.uid(),
                                        row.hasOwner() ? "" : " orphan")));
        return rows;
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void readsIpv4() throws IOException {
        assertThat(rows(ByteOrder.LITTLE_ENDIAN, stream(TCP)))
                .containsExactly(
                        "LISTEN 0:ffff00000000/2024 0:ffff00000000/0 uid 0",
                        "TIME_WAIT 0:ffff0aaa0001/34508 0:ffff0aaa0002/443 uid 0 orphan");
    }

    @Test
    void readsIpv6AndTakesMappedAddressesAsIpv4() throws IOException {
        assertThat(rows(ByteOrder.LITTLE_ENDIAN, stream(TCP6)))
                .containsExactly(
                        "LISTEN 0:1/8080 0:0/0 uid 1000",
                        "CLOSE_WAIT 0:ffff7f000001/42946 0:ffff7f000001/8080 uid 65532",
                        "ESTABLISHED 20010db800000000:1/50000 20010db800000000:9/443 uid 0");
    }

    @Test
    void readsUdp() throws IOException {
        assertThat(rows(ByteOrder.LITTLE_ENDIAN, stream(UDP)))
                .containsExactly("CLOSE 0:ffff00000000/68 0:ffff00000000/0 uid 0");
    }

    /** s390x prints the same address without turning its bytes round. */
    @Test
    void readsWhatABigMachinePrints() throws IOException {
        String text = TCP.replace("0100AA0A", "0AAA0001").replace("0200AA0A", "0AAA0002");
        assertThat(rows(ByteOrder.BIG_ENDIAN, stream(text)))
                .contains("TIME_WAIT 0:ffff0aaa0001/34508 0:ffff0aaa0002/443 uid 0 orphan");
    }

    @Test
    void itDoesNotMatterHowTheBytesCome() throws IOException {
        InputStream drops = new InputStream() {
            private final InputStream all = stream(TCP6);

            @Override
            public int read() throws IOException {
                return all.read();
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return all.read(bytes, offset, Math.min(length, 7));
            }
        };
        assertThat(rows(ByteOrder.LITTLE_ENDIAN, drops)).isEqualTo(rows(ByteOrder.LITTLE_ENDIAN, stream(TCP6)));
    }

    @Test
    void requestsThatAreNoSocketYetAreSynRecv() throws IOException {
        assertThat(rows(ByteOrder.LITTLE_ENDIAN, stream(TCP.replace(" 06 ", " 0C "))))
                .element(1)
                .asString()
                .startsWith("SYN_RECV ");
    }

    @Test
    void saysWhatIsNoRow() {
        for (String broken : List.of(
                TCP.replace("0100AA0A", "0100AA0"),
                TCP.replace("0100AA0A", "0100AAxA"),
                TCP.replace(" 06 ", " 0F "),
                "heading\n\n",
                "heading\n   1: 0100AA0A:86CC\n")) {
            assertThatThrownBy(() -> rows(ByteOrder.LITTLE_ENDIAN, stream(broken)))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("this is no row of a table of sockets: \"");
        }
    }
}
