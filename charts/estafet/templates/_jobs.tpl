{{/*
A command that must have run before the services of this release. On install it is an ordinary
Job, so that databases of the same release may come up beside it; on upgrade it runs before
anything is changed. Its name holds the revision, since a Job's template cannot be changed.
*/}}
{{- define "estafet.job" -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "estafet.fullname" . }}-{{ .role }}-{{ .root.Release.Revision }}
  labels:
    {{- include "estafet.labels" . | nindent 4 }}
  {{- if .root.Release.IsUpgrade }}
  annotations:
    helm.sh/hook: pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
  {{- end }}
spec:
  backoffLimit: 10
  template:
    metadata:
      labels:
        {{- include "estafet.labels" . | nindent 8 }}
    spec:
      restartPolicy: OnFailure
      {{- include "estafet.pod" . | nindent 6 }}
      containers:
        - name: {{ .role }}
          args: {{ .args | toJson }}
          {{- include "estafet.container" (merge (dict "image" "cli") .) | nindent 10 }}
          # Said here and not by a ConfigMap: before an upgrade that is still the last release's.
          env:
            {{- range $name, $value := .variables }}
            - name: {{ $name }}
              value: {{ $value | quote }}
            {{- end }}
          resources:
            {{- toYaml .root.Values.jobs.resources | nindent 12 }}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
            - {name: secrets, mountPath: /run/secrets/estafet, readOnly: true}
      volumes:
        {{- include "estafet.tmp" . | nindent 8 }}
        - name: secrets
          secret:
            secretName: {{ .secret }}
            defaultMode: 0440
            items:
              # The command finds an owner's secrets in the folder of its name.
              - {key: {{ .key }}, path: {{ .owner }}/{{ .key }}}
{{- end }}

{{- define "estafet.jobVariables" -}}
{{- include "estafet.common" . }}
{{- include "estafet.kafka" . }}
ESTAFET_SECRETS_DIR: /run/secrets/estafet/{{ .owner }}
{{- end }}

{{/* `estafet migrate` of one deputy: databases may lie apart, and one that fails names itself. */}}
{{- define "estafet.migration" -}}
{{- $job := merge (dict "role" "migrate" "owner" .name "key" "database_migrator") . -}}
{{- $_ := set $job "secret" (.values.secret | default (include "estafet.fullname" .)) -}}
{{- $_ := set $job "args" (list "services.cli" "migrate" .name) -}}
{{- $_ := set $job "variables" (printf "%s\n%s" (include "estafet.jobVariables" $job) (include "estafet.database" .) | fromYaml) -}}
{{ include "estafet.job" $job }}
{{- if .root.Values.networkPolicy.enabled }}
---
{{ include "estafet.policy" (merge (dict "from" "") $job) }}
{{- end }}
{{- end }}
