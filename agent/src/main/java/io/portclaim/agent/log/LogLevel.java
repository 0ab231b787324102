package io.portclaim.agent.log;

/** How much is logged, least first. */
public enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG
}
