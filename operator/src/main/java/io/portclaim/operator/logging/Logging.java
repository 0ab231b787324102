package io.portclaim.operator.logging;

import io.portclaim.operator.options.LogFormat;
import io.portclaim.operator.options.LogLevel;
import org.apache.logging.log4j.core.LoggerContext;

/**
 * Applies the settings of the log. Everything else about it stands in {@code log4j2.xml}, which reads the three system
 * properties that are set here. {@code -Dlog4j2.configurationFile} replaces that file as usual.
 */
public final class Logging {
    private static final String FORMAT = "portclaim.log.format";
    private static final String LEVEL = "portclaim.log.level";
    private static final String LIBRARY_LEVEL = "portclaim.log.level.libraries";

    private Logging() {}

    /**
     * Sets format and level, also for loggers that exist already. To be called once, before threads are started.
     *
     * @param format how lines look
     * @param level the least level of the operator's own lines; libraries log from WARN up, or from ERROR if this is ERROR
     */
    public static void apply(LogFormat format, LogLevel level) {
        System.setProperty(FORMAT, format.toString());
        System.setProperty(LEVEL, level.toString());
        System.setProperty(LIBRARY_LEVEL, (level == LogLevel.ERROR ? LogLevel.ERROR : LogLevel.WARN).toString());
        LoggerContext.getContext(false).reconfigure();
    }
}
