package io.portclaim.operator.options;

import java.util.ArrayList;
import java.util.List;

/** The list of all settings, for a terminal. */
final class HelpText {
    private static final int WIDTH = 100;
    private static final String INDENT = "      ";

    private HelpText() {}

    static String ofAll() {
        List<String> lines = new ArrayList<>();
        lines.add("The PortClaim operator assigns host ports.");
        lines.add("");
        lines.add("Usage: portclaim [--flag=value | --flag value]...");
        lines.add("Each flag can be set by the environment variable beside it; the flag wins.");
        for (Setting<?> setting : Options.ALL) {
            lines.add("");
            lines.add("  " + setting.flag() + "=" + setting.hint() + "   " + setting.variable() + "   (default: "
                    + setting.defaultText() + ")");
            lines.addAll(wrap(setting.help()));
        }
        lines.add("");
        lines.add("  --help");
        lines.add(INDENT + "Print this help and exit.");
        return String.join("\n", lines) + "\n";
    }

    private static List<String> wrap(String text) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder(INDENT);
        for (String word : text.split(" ", -1)) {
            if (line.length() + 1 + word.length() > WIDTH) {
                lines.add(line.toString());
                line = new StringBuilder(INDENT);
            }
            line.append(line.length() == INDENT.length() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
