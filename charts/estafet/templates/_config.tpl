{{/* What a process is told, apart from its own name: the data of its ConfigMap. */}}

{{- define "estafet.peers" -}}
{{- $peers := dict -}}
{{- range .root.Values.deputies -}}
{{- $at := include "estafet.fullname" (dict "root" $.root "name" .) -}}
{{- $_ := set $peers . (printf "%s:50051" $at) -}}
{{- end -}}
{{- toJson $peers -}}
{{- end }}

{{- define "estafet.common" -}}
ESTAFET_ENVIRONMENT: production
ESTAFET_PEERS: {{ include "estafet.peers" . | quote }}
ESTAFET_OTLP_ENDPOINT: {{ .root.Values.otlpEndpoint | quote }}
ESTAFET_METRICS_ADDRESS: 0.0.0.0:9464
{{- end }}

{{- define "estafet.kafka" -}}
{{- with .root.Values.kafka }}
ESTAFET_KAFKA_BOOTSTRAP: {{ .bootstrap | quote }}
ESTAFET_KAFKA_SECURITY: {{ .security | quote }}
{{- end }}
{{- end }}

{{- define "estafet.serviceConfig" -}}
{{- include "estafet.common" . }}
{{- include "estafet.kafka" . }}
{{- include "estafet.database" . }}
ESTAFET_SECRETS_DIR: /run/secrets/estafet
ESTAFET_GRPC_ADDRESS: 0.0.0.0:50051
ESTAFET_HEALTH_ADDRESS: 0.0.0.0:50052
{{- with .root.Values.identity }}
ESTAFET_IDENTITY_ISSUER: {{ .issuer | quote }}
ESTAFET_IDENTITY_JWKS_URL: {{ .jwksUrl | quote }}
ESTAFET_IDENTITY_TOKEN_URL: {{ .tokenUrl | quote }}
ESTAFET_IDENTITY_AUDIENCE: {{ .audience | quote }}
{{- end }}
{{- if .values.keepsEvidence }}
ESTAFET_EVIDENCE_DIR: /var/lib/estafet/evidence
{{- end }}
{{- include "estafet.variables" .values.settings }}
{{- include "estafet.variables" (include "estafet.messages" . | fromJson) }}
{{- end }}

{{- define "estafet.database" -}}
{{- with .values.database }}
ESTAFET_DATABASE_HOST: {{ .host | quote }}
ESTAFET_DATABASE_PORT: {{ .port | quote }}
{{- end }}
{{- end }}

{{- define "estafet.gatewayConfig" -}}
{{- include "estafet.common" . }}
ESTAFET_HTTP_ADDRESS: 0.0.0.0:8080
{{- with .root.Values.gateway }}
ESTAFET_TRUSTED_PROXIES: {{ .trustedProxies | quote }}
ESTAFET_HOTLINE: {{ .hotline | quote }}
{{- include "estafet.variables" .settings }}
{{- end }}
{{- end }}

{{- define "estafet.configMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "estafet.fullname" . }}
  labels:
    {{- include "estafet.labels" (merge (dict "role" "config") .) | nindent 4 }}
data:
  {{- .config | nindent 2 }}
{{- end }}

{{/* A pod template changes with its configuration, and with nothing else that is not its own. */}}
{{- define "estafet.podMetadata" -}}
labels:
  {{- include "estafet.labels" . | nindent 2 }}
annotations:
  checksum/config: {{ .config | sha256sum }}
{{- end }}

{{- define "estafet.environment" -}}
envFrom:
  - configMapRef:
      name: {{ include "estafet.fullname" . }}
env:
  - name: ESTAFET_REPLICA
    valueFrom:
      fieldRef:
        fieldPath: metadata.name
{{- end }}
