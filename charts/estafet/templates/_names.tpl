{{/* Names, labels and what every pod has in common. */}}

{{/* Cut short, the names of two deputies could be one. */}}
{{- define "estafet.fullname" -}}
{{- $name := printf "%s-%s" .root.Release.Name .name -}}
{{- if gt (len $name) 40 -}}
{{- fail (printf "%s is longer than 40 letters: choose a shorter name for the release" $name) -}}
{{- end -}}
{{- $name -}}
{{- end }}

{{/* A Deployment's selector can never be changed: nothing that moves may enter it. */}}
{{- define "estafet.selector" -}}
app.kubernetes.io/name: estafet
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
estafet/role: {{ .role }}
{{- end }}

{{- define "estafet.labels" -}}
{{ include "estafet.selector" . }}
app.kubernetes.io/part-of: estafet
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "estafet.image" -}}
{{- with .root.Values.image -}}
{{- with .registry }}{{ . }}/{{ end }}{{ .repository }}/{{ $.image }}:{{ .tag | default $.root.Chart.AppVersion -}}
{{- end -}}
{{- end }}

{{/* A deputy's values: what all have, with its own over it. */}}
{{- define "estafet.values" -}}
{{- mustMergeOverwrite (deepCopy .root.Values.service) (deepCopy (index .root.Values .name)) | toYaml -}}
{{- end }}

{{- define "estafet.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "estafet.container" -}}
image: {{ include "estafet.image" . }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  privileged: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{- define "estafet.tmp" -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- end }}

{{- define "estafet.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "estafet.selector" . | nindent 8 }}
{{- end }}

{{- define "estafet.disruption" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "estafet.fullname" . }}-{{ .role }}
  labels:
    {{- include "estafet.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "estafet.selector" . | nindent 6 }}
{{- end }}

{{/*
Settings by their names in the settings classes, as the variables that these read. What is no text
is written as JSON: Helm's own text of ten million is 1e+07.
*/}}
{{- define "estafet.variables" -}}
{{- range $name, $value := . }}
ESTAFET_{{ upper $name }}: {{ ternary $value (toJson $value) (kindIs "string" $value) | quote }}
{{- end }}
{{- end }}
