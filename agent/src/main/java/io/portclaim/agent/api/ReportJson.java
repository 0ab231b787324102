package io.portclaim.agent.api;

import com.fasterxml.jackson.core.JsonGenerator;
import io.portclaim.agent.report.Pressure;
import io.portclaim.agent.report.Report;
import io.portclaim.agent.report.Reporting;
import io.portclaim.api.v1alpha1.PortClaimApi;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** PortReports as the API server takes and gives them. */
final class ReportJson {
    private static final String CONDITION = "EphemeralPortPressure";

    private ReportJson() {}

    /** A new report, which its node owns: it is gone with the node. */
    static String created(Identity identity) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = Json.FACTORY.createGenerator(text)) {
            start(json);
            json.writeStringField("name", identity.node());
            json.writeArrayFieldStart("ownerReferences");
            json.writeStartObject();
            json.writeStringField("apiVersion", "v1");
            json.writeStringField("kind", "Node");
            json.writeStringField("name", identity.node());
            json.writeStringField("uid", identity.nodeUid());
            json.writeEndObject();
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndObject();
        }
        return text.toString();
    }

    /** The status, to be put over the version that was read. */
    static String status(Identity identity, String resourceVersion, Report report, String now) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = Json.FACTORY.createGenerator(text)) {
            start(json);
            json.writeStringField("name", identity.node());
            json.writeStringField("resourceVersion", resourceVersion);
            json.writeEndObject();
            json.writeObjectFieldStart("status");
            facts(json, report);
            json.writeStringField("reportedAt", now);
            condition(json, report.pressure());
            json.writeEndObject();
            json.writeEndObject();
        }
        return text.toString();
    }

    private static void start(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("apiVersion", PortClaimApi.API_VERSION);
        json.writeStringField("kind", "PortReport");
        json.writeObjectFieldStart("metadata");
    }

    private static void facts(JsonGenerator json, Report report) throws IOException {
        json.writeStringField("ephemeralRange", report.ephemeralRange());
        optional(json, "reservedPorts", report.reservedPorts());
        json.writeNumberField("unprivilegedPortStart", report.unprivilegedPortStart());
        json.writeNumberField("ephemeralPorts", report.ephemeralPorts());
        json.writeNumberField("connectionsPerSecond", report.connectionsPerSecond());
        json.writeObjectFieldStart("listeners");
        optional(json, "tcp", report.tcp());
        optional(json, "udp", report.udp());
        json.writeEndObject();
        json.writeObjectFieldStart("reporter");
        json.writeStringField("namespace", report.reporter().namespace());
        json.writeStringField("name", report.reporter().name());
        json.writeStringField("uid", report.reporter().uid());
        json.writeEndObject();
    }

    private static void optional(JsonGenerator json, String name, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(name, value);
        }
    }

    private static void condition(JsonGenerator json, Pressure pressure) throws IOException {
        json.writeArrayFieldStart("conditions");
        json.writeStartObject();
        json.writeStringField("type", CONDITION);
        json.writeStringField("status", pressure.holds() ? "True" : "False");
        json.writeStringField("lastTransitionTime", pressure.since());
        json.writeStringField("reason", pressure.reason().text());
        json.writeStringField("message", pressure.message());
        json.writeEndObject();
        json.writeEndArray();
    }

    /** What the API server has answered. */
    static Standing standing(String text) throws IOException {
        Map<String, Object> object = Json.read(text);
        Map<String, Object> metadata = Json.object(object, "metadata");
        List<Map<String, Object>> owners = Json.objects(metadata, "ownerReferences");
        Map<String, Object> status = Json.object(object, "status");
        return new Standing(
                Json.text(metadata, "resourceVersion"),
                owners.isEmpty() ? "" : Json.text(owners.get(0), "uid"),
                status.isEmpty() ? null : report(status));
    }

    private static Report report(Map<String, Object> status) {
        Map<String, Object> listeners = Json.object(status, "listeners");
        Map<String, Object> reporter = Json.object(status, "reporter");
        return new Report(
                Json.text(status, "ephemeralRange"),
                Json.textOrNull(status, "reservedPorts"),
                Json.number(status, "unprivilegedPortStart"),
                Json.number(status, "ephemeralPorts"),
                Json.number(status, "connectionsPerSecond"),
                Json.textOrNull(listeners, "tcp"),
                Json.textOrNull(listeners, "udp"),
                new Report.Reporter(
                        Json.text(reporter, "namespace"), Json.text(reporter, "name"), Json.text(reporter, "uid")),
                pressure(status));
    }

    private static Pressure pressure(Map<String, Object> status) {
        for (Map<String, Object> condition : Json.objects(status, "conditions")) {
            if (Json.text(condition, "type").equals(CONDITION)) {
                String message = Json.text(condition, "message");
                boolean holds = Json.text(condition, "status").equals("True");
                return new Pressure(
                        holds ? Reporting.destinationIn(message) : null,
                        message,
                        Json.text(condition, "lastTransitionTime"));
            }
        }
        return new Pressure(null, "", "");
    }
}
