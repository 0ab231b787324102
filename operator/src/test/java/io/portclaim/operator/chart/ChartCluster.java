package io.portclaim.operator.chart;

import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.OwnClusterOnly;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A cluster without PortClaim's definitions and with an audit log, for the chart to be installed on. Tests take it as a
 * parameter, and share it: each begins with {@link Release#install} and leaves nothing behind.
 */
final class ChartCluster extends OwnClusterOnly implements ParameterResolver {
    private static final Namespace STORE = Namespace.create(ChartCluster.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == LocalCluster.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(STORE)
                .computeIfAbsent(Started.class, key -> new Started(), Started.class)
                .cluster;
    }

    /** The cluster of this JVM; the store closes it. */
    private static final class Started implements AutoCloseable {
        final LocalCluster cluster = LocalCluster.startBare("chart", "--audit");

        @Override
        public void close() {
            cluster.stop();
        }
    }
}
