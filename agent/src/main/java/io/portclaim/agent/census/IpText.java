package io.portclaim.agent.census;

/** IP addresses as people write them. */
final class IpText {
    private static final int IPV4_MAPPED = 0xFFFF;
    private static final int GROUPS = 8;

    private IpText() {}

    static boolean isIpv4(long high, long low) {
        return high == 0 && low >>> 32 == IPV4_MAPPED;
    }

    /** IPv4 with dots, IPv6 by RFC 5952. */
    static String of(long high, long low) {
        if (isIpv4(high, low)) {
            return ((low >>> 24) & 0xFF) + "." + ((low >>> 16) & 0xFF) + "." + ((low >>> 8) & 0xFF) + "."
                    + (low & 0xFF);
        }
        int first = GROUPS;
        int longest = 1;
        for (int from = 0; from < GROUPS; from++) {
            int zeros = 0;
            while (from + zeros < GROUPS && group(high, low, from + zeros) == 0) {
                zeros++;
            }
            if (zeros > longest) {
                longest = zeros;
                first = from;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            if (i == first) {
                text.append("::");
                i += longest - 1;
            } else {
                text.append(i == 0 || i == first + longest ? "" : ":").append(Integer.toHexString(group(high, low, i)));
            }
        }
        return text.toString();
    }

    private static int group(long high, long low, int index) {
        long half = index < GROUPS / 2 ? high : low;
        return (int) (half >>> (48 - 16 * (index % (GROUPS / 2)))) & 0xFFFF;
    }
}
