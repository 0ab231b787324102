package io.portclaim.operator.node;

import java.util.Random;

/** Texts as people and tools write them where a range is asked for; most of them are none. */
final class MalformedRanges {
    private static final String[] GAPS = {
        "-", " ", "\t", " - ", "--", ",", ":", "..", ";", "/", "\u2013", "\u00a0", "- -", "", "to", "-\n", "\0"
    };
    private static final String[] ENDS = {
        "0",
        "1",
        "80",
        "32768",
        "60999",
        "65535",
        "65536",
        "99999",
        "032768",
        "100000",
        "-1",
        "+80",
        "1e4",
        "0x50",
        "",
        "a",
        "\u0663\u0662",
        "80.0",
        "4294967297"
    };
    private static final String CHARACTERS = "0123456789 \t\n-,.+xe\u0661\uff11\"";

    private final Random random;

    MalformedRanges(Random random) {
        this.random = random;
    }

    String next() {
        return switch (random.nextInt(4)) {
            case 0 -> anyCharacters();
            case 1 -> one(ENDS);
            case 2 -> one(ENDS) + one(GAPS) + one(ENDS) + one(GAPS) + one(ENDS);
            default -> one(ENDS) + one(GAPS) + one(ENDS);
        };
    }

    private String anyCharacters() {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(12); length > 0; length--) {
            text.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
        }
        return text.toString();
    }

    private String one(String[] some) {
        return some[random.nextInt(some.length)];
    }

    /** Read character by character, so that it shares nothing with what it judges. */
    static boolean areTwoAscendingEnds(String text) {
        int[] ends = new int[2];
        int[] digits = new int[2];
        int end = -1;
        boolean inNumber = false;
        int dashes = 0;
        for (char c : text.toCharArray()) {
            if (c >= '0' && c <= '9') {
                end += inNumber ? 0 : 1;
                inNumber = true;
                if (end > 1 || ++digits[end] > 5) {
                    return false;
                }
                ends[end] = ends[end] * 10 + (c - '0');
            } else if (c == '-') {
                inNumber = false;
                if (end != 0 || ++dashes > 1) {
                    return false;
                }
            } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
                inNumber = false;
            } else {
                return false;
            }
        }
        return end == 1 && ends[0] >= 1 && ends[0] <= ends[1] && ends[1] <= 65535;
    }
}
