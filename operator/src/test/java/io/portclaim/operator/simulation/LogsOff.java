package io.portclaim.operator.simulation;

import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The operator logs nothing during the tests of a class: thousands of histories would log millions of lines. */
public final class LogsOff implements BeforeAllCallback, AfterAllCallback {
    @Override
    public void beforeAll(ExtensionContext context) {
        Configurator.setLevel("io.portclaim", Level.OFF);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Configurator.reconfigure();
    }
}
