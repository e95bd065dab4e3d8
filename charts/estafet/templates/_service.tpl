{{/*
One deputy: its configuration, its migration, its three roles and what lets them be reached.
Each document is a template of its own below, in the order in which it is needed.
*/}}
{{- define "estafet.service" -}}
{{- $values := include "estafet.values" . | fromYaml -}}
{{- $own := dict "root" .root "name" .name "image" .name "values" $values -}}
{{- $_ := set $own "config" (include "estafet.serviceConfig" $own | trim) -}}
{{- $api := merge (dict "role" "api" "portName" "grpc" "port" 50051) $own -}}
{{- $reactions := merge (dict "role" "reactions" "portName" "health" "port" 50052) $own -}}
{{- $relay := merge (dict "role" "relay" "portName" "health" "port" 50052) $own -}}
{{ include "estafet.configMap" $own }}
---
{{ include "estafet.migration" $own }}
---
{{ include "estafet.headless" $api }}
---
{{ include "estafet.deployment" $api }}
---
{{ include "estafet.statefulSet" $reactions }}
---
{{ include "estafet.deployment" $relay }}
{{- range list $api $reactions $relay }}
---
{{ include "estafet.disruption" . }}
{{- end }}
{{- if .root.Values.networkPolicy.enabled }}
---
{{ include "estafet.policy" (merge (dict "from" "estafet") $api) }}
---
{{ include "estafet.policy" (merge (dict "from" "") $reactions) }}
---
{{ include "estafet.policy" (merge (dict "from" "") $relay) }}
{{- end }}
{{- end }}

{{/* Without an address of its own: clients see every pod and balance over them by themselves. */}}
{{- define "estafet.headless" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "estafet.fullname" . }}
  labels:
    {{- include "estafet.labels" . | nindent 4 }}
spec:
  clusterIP: None
  selector:
    {{- include "estafet.selector" . | nindent 4 }}
  ports:
    - name: grpc
      port: 50051
      targetPort: grpc
      appProtocol: grpc
{{- end }}

{{- define "estafet.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "estafet.fullname" . }}-{{ .role }}
  labels:
    {{- include "estafet.labels" . | nindent 4 }}
spec:
  replicas: {{ (index .values .role).replicas }}
  strategy:
    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
  selector:
    matchLabels:
      {{- include "estafet.selector" . | nindent 6 }}
  template:
    metadata:
      {{- include "estafet.podMetadata" . | nindent 6 }}
    spec:
      {{- include "estafet.servicePod" . | nindent 6 }}
{{- end }}

{{/*
A consumer's name in its group is its pod's: one that comes back under the same name gets its
partitions again without a rebalance.
*/}}
{{- define "estafet.statefulSet" -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ include "estafet.fullname" . }}-{{ .role }}
  labels:
    {{- include "estafet.labels" . | nindent 4 }}
spec:
  replicas: {{ (index .values .role).replicas }}
  serviceName: {{ include "estafet.fullname" . }}
  podManagementPolicy: Parallel
  selector:
    matchLabels:
      {{- include "estafet.selector" . | nindent 6 }}
  template:
    metadata:
      {{- include "estafet.podMetadata" . | nindent 6 }}
    spec:
      {{- include "estafet.servicePod" . | nindent 6 }}
{{- end }}

{{- define "estafet.servicePod" -}}
{{ include "estafet.pod" . }}
{{ include "estafet.spread" . }}
# Above the pause before the stop and the ten seconds of the stop itself.
terminationGracePeriodSeconds: 30
initContainers:
  - name: schema
    args: [services.chassis.schema, {{ .name }}]
    {{- include "estafet.container" . | nindent 4 }}
    {{- include "estafet.environment" . | nindent 4 }}
    resources:
      {{- toYaml (index .values .role).resources | nindent 6 }}
    volumeMounts:
      {{- include "estafet.serviceMounts" . | nindent 6 }}
containers:
  - name: {{ .role }}
    args: [services.chassis, {{ .name }}, --roles, {{ .role }}]
    {{- include "estafet.container" . | nindent 4 }}
    {{- include "estafet.environment" . | nindent 4 }}
    ports:
      - name: {{ .portName }}
        containerPort: {{ .port }}
      - name: metrics
        containerPort: 9464
    {{- include "estafet.grpcProbes" . | nindent 4 }}
    {{- if eq .role "api" }}
    # Until no client is sent here any more.
    lifecycle:
      preStop:
        sleep: {seconds: 5}
    {{- end }}
    resources:
      {{- toYaml (index .values .role).resources | nindent 6 }}
    volumeMounts:
      {{- include "estafet.serviceMounts" . | nindent 6 }}
volumes:
  {{- include "estafet.tmp" . | nindent 2 }}
  - name: secrets
    secret:
      secretName: {{ .values.secret | default (include "estafet.fullname" .) }}
      defaultMode: 0440
      # The migrator's password is not among them: a service cannot change its own tables.
      items:
        {{- range concat (list "client_secret" "database_app" "kafka" "service_key" "token_key.pem") (include "estafet.channelKeys" . | fromJsonArray) }}
        - {key: {{ . }}, path: {{ . }}}
        {{- end }}
  {{- if .values.keepsEvidence }}
  - name: evidence
    persistentVolumeClaim:
      claimName: {{ .values.evidenceClaim | default (printf "%s-evidence" (include "estafet.fullname" .)) }}
  {{- end }}
{{- end }}

{{- define "estafet.serviceMounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: secrets, mountPath: /run/secrets/estafet, readOnly: true}
{{- if .values.keepsEvidence }}
- {name: evidence, mountPath: /var/lib/estafet/evidence}
{{- end }}
{{- end }}

{{/* The process's own word. A database or broker that is away is no reason to kill it. */}}
{{- define "estafet.grpcProbes" -}}
startupProbe:
  grpc: {port: {{ .port }}}
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  grpc: {port: {{ .port }}}
  periodSeconds: 20
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  grpc: {port: {{ .port }}}
  periodSeconds: 5
  timeoutSeconds: 3
{{- end }}
