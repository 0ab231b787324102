package io.portclaim.api.v1alpha1;

/**
 * The validation rules that more than one field needs, in the Common Expression Language that the API server evaluates.
 *
 * <p>They are written so that the API server's cost estimate stays in its budget: every list and string that a rule
 * walks has a bound in the schema, int-or-string values too (the estimate honours their bound from Kubernetes 1.34 on).
 */
final class CelRules {
    private static final String PORT_OR_RANGE = "'^[0-9]{1,5}(-[0-9]{1,5})?$'";
    private static final String RANGE = "'^[0-9]{1,5}-[0-9]{1,5}$'";

    private static final String ELEMENT_IS_TEXT_OF_RANGE = "(type(r) == int || r.matches(" + PORT_OR_RANGE + "))";
    private static final String ELEMENT_IS_IN_BOUNDS = "(type(r) == int ? r >= 1 && r <= 65535 : !r.matches("
            + PORT_OR_RANGE + ") || r.split('-').all(p, int(p) >= 1 && int(p) <= 65535))";
    private static final String ELEMENT_IS_FORWARD =
            "(type(r) == int || !r.matches(" + RANGE + ") || int(r.split('-')[0]) <= int(r.split('-')[1]))";

    private static final String SAY_TEXT =
            "'\"; write a port, such as 21000, or a range with both ends, such as \"21000-28999\"'";
    private static final String SAY_TWO_ENDS = "'\"; write both ends, the lower first, such as \"32768-60999\"'";
    private static final String SAY_BOUNDS = "'\"; ports go from 1 to 65535'";
    private static final String SAY_FORWARD = "'\" runs backwards; write its lower port first, \"'";

    /** Every element of a list is a port or a range. */
    static final String RANGES_TEXT = "self.all(r, " + ELEMENT_IS_TEXT_OF_RANGE + ")";

    static final String RANGES_TEXT_MESSAGE =
            "'not a port or a range: \"' + string(self.filter(r, !" + ELEMENT_IS_TEXT_OF_RANGE + ")[0]) + " + SAY_TEXT;

    /** Every element of a list lies in 1-65535. */
    static final String RANGES_BOUNDS = "self.all(r, " + ELEMENT_IS_IN_BOUNDS + ")";

    static final String RANGES_BOUNDS_MESSAGE =
            "'out of bounds: \"' + string(self.filter(r, !" + ELEMENT_IS_IN_BOUNDS + ")[0]) + " + SAY_BOUNDS;

    /** No element of a list runs backwards. */
    static final String RANGES_FORWARD = "self.all(r, " + ELEMENT_IS_FORWARD + ")";

    static final String RANGES_FORWARD_MESSAGE =
            "self.filter(r, !" + ELEMENT_IS_FORWARD + ").map(r, '\"' + string(r) + " + SAY_FORWARD
                    + " + string(r).split('-')[1] + '-' + string(r).split('-')[0] + '\"')[0]";

    /** The value is one range, with two ends: a single port where a range is meant is half of one. */
    static final String RANGE_TEXT = "type(self) == string && self.matches(" + RANGE + ")";

    static final String RANGE_TEXT_MESSAGE = "'not a range: \"' + string(self) + " + SAY_TWO_ENDS;

    /** Both ends lie in 1-65535. */
    static final String RANGE_BOUNDS = "type(self) == int || !self.matches(" + RANGE
            + ") || self.split('-').all(p, int(p) >= 1 && int(p) <= 65535)";

    static final String RANGE_BOUNDS_MESSAGE = "'out of bounds: \"' + string(self) + " + SAY_BOUNDS;

    /** The value does not run backwards. */
    static final String RANGE_FORWARD =
            "type(self) == int || !self.matches(" + RANGE + ") || int(self.split('-')[0]) <= int(self.split('-')[1])";

    static final String RANGE_FORWARD_MESSAGE = "'\"' + string(self) + " + SAY_FORWARD
            + " + string(self).split('-')[1] + '-' + string(self).split('-')[0] + '\"'";

    /** Text of the form {@code FIRST-LAST} has two ends that lie in 1-65535, the lower first. */
    static final String TWO_ENDS = "!self.matches(" + RANGE
            + ") || int(self.split('-')[0]) >= 1 && int(self.split('-')[0]) <= int(self.split('-')[1])"
            + " && int(self.split('-')[1]) <= 65535";

    static final String TWO_ENDS_MESSAGE = "a range has two ends from 1 to 65535, the lower first";

    /** A selector says something: the API server drops a misspelt field silently, so an empty one is a trap. */
    static final String SELECTOR_SAYS_SOMETHING =
            "size(self.?matchLabels.orValue({})) > 0 || size(self.?matchExpressions.orValue([])) > 0";

    static final String DNS_SUBDOMAIN =
            "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')";

    /** A duration of whole hours, minutes and seconds, in this order, as {@code Duration.parse("PT" + …)} takes it. */
    static final String DURATION = "self.matches('^([0-9]{1,5}h)?([0-9]{1,6}m)?([0-9]{1,8}s)?$') && size(self) > 1";

    static final String DURATION_MESSAGE =
            "not a duration: write whole hours, minutes or seconds with their unit, such as 120s, 5m or 1h30m";

    /**
     * Ports that name their number do not overlap on any protocol. TCPUDP is TCP and UDP, so two ports are apart where one alone is
     * SCTP, or one TCP, which may be left out, and the other UDP. An optional's orValue would be estimated as a string of any length.
     */
    static final String NUMBERS_DISTINCT = "self.all(a, !has(a.port) || self.all(b, !has(b.port) || a.name == b.name"
            + " || a.port + (has(a.count) ? a.count : 1) <= b.port || b.port + (has(b.count) ? b.count : 1) <= a.port"
            + " || (has(a.protocol) && a.protocol == 'SCTP') != (has(b.protocol) && b.protocol == 'SCTP')"
            + " || (!has(a.protocol) || a.protocol == 'TCP') && has(b.protocol) && b.protocol == 'UDP'"
            + " || (!has(b.protocol) || b.protocol == 'TCP') && has(a.protocol) && a.protocol == 'UDP'))";

    static final String NUMBERS_DISTINCT_MESSAGE = "'two of the ports request the same number on the same protocol' +"
            + " (self.exists(p, has(p.protocol) && p.protocol == 'TCPUDP') ? ' (TCPUDP is both TCP and UDP)' : '')"
            + " + ': give them different numbers or protocols, or leave port out and let the pool choose'";

    private CelRules() {}
}
