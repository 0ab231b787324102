{{- define "portclaim.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* At most 52 characters: a name has 63, and this leaves room for the longest suffix. */}}
{{- define "portclaim.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- $name := include "portclaim.name" . }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{/* The namespace of the operator and of all other namespaced objects except those of the agents. */}}
{{- define "portclaim.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{/* The namespace of the agents. */}}
{{- define "portclaim.agentNamespace" -}}
{{- default (include "portclaim.namespace" .) .Values.agent.namespace }}
{{- end }}

{{- define "portclaim.selectorLabels" -}}
app.kubernetes.io/name: {{ include "portclaim.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{/* The labels of every object. They win over commonLabels, because a selector depends on them. */}}
{{- define "portclaim.labels" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/name" (include "portclaim.name" .)
  "app.kubernetes.io/instance" .Release.Name
  "app.kubernetes.io/version" (.Chart.AppVersion | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/managed-by" .Release.Service
  "app.kubernetes.io/part-of" "portclaim" }}
{{- toYaml (merge $own .Values.commonLabels) }}
{{- end }}

{{/* The same with the component, from [., the component]. */}}
{{- define "portclaim.labelsOfPart" -}}
{{- $own := dict "app.kubernetes.io/component" (last .) }}
{{- toYaml (merge $own (include "portclaim.labels" (first .) | fromYaml)) }}
{{- end }}

{{- define "portclaim.podLabels" -}}
{{- $own := merge (include "portclaim.selectorLabels" . | fromYaml) (include "portclaim.labels" . | fromYaml) }}
{{- toYaml (merge $own .Values.podLabels) }}
{{- end }}

{{- define "portclaim.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "portclaim.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "portclaim.agentSelectorLabels" -}}
app.kubernetes.io/name: {{ include "portclaim.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: agent
{{- end }}

{{- define "portclaim.agentPodLabels" -}}
{{- $own := merge (include "portclaim.agentSelectorLabels" . | fromYaml) (include "portclaim.labels" . | fromYaml) }}
{{- toYaml (merge $own .Values.agent.podLabels) }}
{{- end }}

{{- define "portclaim.agentServiceAccountName" -}}
{{- if .Values.agent.serviceAccount.create }}
{{- default (printf "%s-agent" (include "portclaim.fullname" .)) .Values.agent.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.agent.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* The user name of all agents at the API server; the token states an agent's node. */}}
{{- define "portclaim.agentUser" -}}
system:serviceaccount:{{ include "portclaim.agentNamespace" . }}:{{ include "portclaim.agentServiceAccountName" . }}
{{- end }}

{{/* The operator's user name at the API server. */}}
{{- define "portclaim.user" -}}
system:serviceaccount:{{ include "portclaim.namespace" . }}:{{ include "portclaim.serviceAccountName" . }}
{{- end }}

{{- define "portclaim.image" -}}
{{- .Values.image.repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}
{{- else }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}
{{- end }}

{{/* The operator's image, unless agent.image sets another. A tag or another repository disables the operator's digest. */}}
{{- define "portclaim.agentImage" -}}
{{- $own := .Values.agent.image }}
{{- $digest := default (ternary "" .Values.image.digest (not (empty (or $own.repository $own.tag)))) $own.digest }}
{{- default .Values.image.repository $own.repository }}
{{- if $digest }}@{{ $digest }}
{{- else }}:{{ default (default .Chart.AppVersion .Values.image.tag) $own.tag }}
{{- end }}
{{- end }}

{{/* The namespace of the test, where its claim can have a ConfigMap. */}}
{{- define "portclaim.testNamespace" -}}
{{- if or (not .Values.configMaps.namespaces) (has (include "portclaim.namespace" .) .Values.configMaps.namespaces) }}
{{- include "portclaim.namespace" . }}
{{- else }}
{{- first .Values.configMaps.namespaces }}
{{- end }}
{{- end }}

{{/* The labels of an alert, from [., its severity]. */}}
{{- define "portclaim.alertLabels" -}}
{{- toYaml (merge (dict "severity" (last .)) (first .).Values.prometheusRule.alertLabels) }}
{{- end }}

{{/* The labels that an alert is grouped by, from [., a label…]: the aggregation labels first. */}}
{{- define "portclaim.by" -}}
{{- concat (first .).Values.prometheusRule.aggregationLabels (rest .) | uniq | join ", " }}
{{- end }}

{{/* The suffix of an alert's summary: the values of the aggregation labels, as far as Prometheus has them. */}}
{{- define "portclaim.where" -}}
{{- range .Values.prometheusRule.aggregationLabels -}}
{{ printf "{{ with $labels.%s }} (%s {{ . }}){{ end }}" . . }}
{{- end }}
{{- end }}

{{/* Queries Prometheus, in an alert's description, for the largest leak of this node. */}}
{{- define "portclaim.topLeak" -}}
{{- $matchers := list }}
{{- $values := list }}
{{- range concat .Values.prometheusRule.aggregationLabels (list "node" "state") | uniq }}
{{- $matchers = append $matchers (printf "%s=%%q" .) }}
{{- $values = append $values (printf "$labels.%s" .) }}
{{- end -}}
{{ printf "{{ with printf \"topk(1, portclaim_node_top_leaked_connections{%s})\" %s | query -}}" ($matchers | join ", ") ($values | join " ") }}
{{- end }}

{{/* The page that alerts link to, at this release. A snapshot links to main. */}}
{{- define "portclaim.runbook" -}}
{{- $tag := hasSuffix "-SNAPSHOT" .Chart.AppVersion | ternary "main" (printf "v%s" .Chart.AppVersion) }}
{{- default (printf "%s/blob/%s/docs/exhaustion.md" .Chart.Home $tag) .Values.prometheusRule.runbookUrl }}
{{- end }}

{{/* A pod's containers that may have ports, in CEL. */}}
{{- define "portclaim.containers" -}}
(object.spec.containers + object.spec.?initContainers.orValue([]))
{{- end }}

{{/* Whether an item of a port set, such as 21000 or "21000-21999", contains port.hostPort, in CEL. */}}
{{- define "portclaim.covers" -}}
int(string({{ . }}).split('-')[0]) <= port.hostPort && port.hostPort <= int(string({{ . }}).split('-')[size(string({{ . }}).split('-')) - 1])
{{- end }}

{{/* New pods with a label, as matchConstraints. */}}
{{- define "portclaim.labelledPods" -}}
resourceRules:
- apiGroups: [""]
  apiVersions: [v1]
  resources: [pods]
  operations: [CREATE]
  scope: Namespaced
objectSelector:
  matchExpressions:
  - {key: {{ . }}, operator: Exists}
{{- end }}

{{/* The environment variable of an assigned port, in CEL: as in the claim's ConfigMap. */}}
{{- define "portclaim.variableOf" -}}
{{ . }}.name.upperAscii().replace('-', '_') + '_PORT'
{{- end }}

{{/* Fails where the API server has no MutatingAdmissionPolicy, from [., the value that needs it]. */}}
{{- define "portclaim.needsMutatingPolicies" -}}
{{- $version := (first .).Capabilities.KubeVersion.Version }}
{{- if not (semverCompare ">=1.36.0-0" $version) }}
{{- fail (printf "%s needs Kubernetes 1.36 or newer, which has MutatingAdmissionPolicy; this is %s" (last .) $version) }}
{{- end }}
{{- end }}

{{/*
The verbs on pods, beyond list and watch, that touchPods and podScope need, as JSON: {cluster: [verb…], namespaces:
{namespace: [verb…]}}, where a namespace has only what is not granted in the whole cluster.
*/}}
{{- define "portclaim.podVerbs" -}}
{{- $needed := list (list .Values.podScope "get") (list .Values.podScope "patch") (list .Values.touchPods "patch") }}
{{- $cluster := list }}
{{- range $needed }}
{{- if and (first .).enabled (not (first .).namespaces) }}
{{- $cluster = append $cluster (last .) | uniq }}
{{- end }}
{{- end }}
{{- $namespaces := dict }}
{{- range $needed }}
{{- $verb := last . }}
{{- if and (first .).enabled (not (has $verb $cluster)) }}
{{- range (first .).namespaces }}
{{- $namespaces = set $namespaces . (append (get $namespaces . | default list) $verb | uniq) }}
{{- end }}
{{- end }}
{{- end }}
{{- dict "cluster" $cluster "namespaces" $namespaces | toJson }}
{{- end }}

{{/* Whether an annotation's key is one that has ports of a pod, in CEL. */}}
{{- define "portclaim.hasPodPorts" -}}
({{ . }} == 'portclaim.io/ports' || {{ . }}.startsWith('port.portclaim.io/') || {{ . }}.startsWith('port-end.portclaim.io/'))
{{- end }}

{{/* Whether a pod has the gate behind which it waits for its ports, in CEL, from object or oldObject. */}}
{{- define "portclaim.isGated" -}}
{{ . }}.spec.?schedulingGates.orValue([]).exists(gate, gate.name == 'portclaim.io/ports')
{{- end }}

{{/* Whether the variables <name>Before and <name>After, maps, are equal but for some keys, in CEL, from [name, the keys]. */}}
{{- define "portclaim.equalBut" -}}
{{- $before := printf "variables.%sBefore" (first .) }}
{{- $after := printf "variables.%sAfter" (first .) }}
{{- $after }}.all(key, key in {{ last . }} || (key in {{ $before }} && {{ $after }}[key] == {{ $before }}[key])) &&
{{ $before }}.all(key, key in {{ last . }} || key in {{ $after }})
{{- end }}

{{/* The namespaces of podScope, as a binding's matchResources. Empty where it is all of them. */}}
{{- define "portclaim.inPodScope" -}}
{{- with .Values.podScope.namespaces }}
matchResources:
  namespaceSelector:
    matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: In
      values:
        {{- toYaml . | nindent 8 }}
{{- end }}
{{- end }}
