{{/*
Who may speak to the pods of a role, and to whom they may. `from` is whose pods may call: those of
this release, anybody, or nobody (kubelets always may). Metrics are for the scrapers. Messages to
people are sent by the reactions alone. A job's stays between releases, so that it is there before
an upgrade.
*/}}
{{- define "estafet.policy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "estafet.fullname" . }}-{{ .role }}
  labels:
    {{- include "estafet.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "estafet.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  {{- $scrapers := and (has .role (list "api" "http" "reactions" "relay")) .root.Values.networkPolicy.scrapers }}
  {{- if or .from $scrapers }}
  ingress:
    {{- if .from }}
    - ports:
        - port: {{ .port }}
      {{- if eq .from "estafet" }}
      from:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: estafet
              app.kubernetes.io/instance: {{ .root.Release.Name }}
      {{- end }}
    {{- end }}
    {{- with $scrapers }}
    - ports:
        - port: 9464
      from:
        {{- toYaml . | nindent 8 }}
    {{- end }}
  {{- end }}
  {{- $ports := list }}
  {{- $own := list }}
  {{- if eq .role "reactions" }}
  {{- $own = include "estafet.channelPorts" . | fromJsonArray }}
  {{- end }}
  {{- range concat .root.Values.networkPolicy.egressPorts $own }}
  {{- $ports = append $ports (int .) }}
  {{- end }}
  egress:
    - ports:
        - {port: 53, protocol: UDP}
        - {port: 53, protocol: TCP}
    - ports:
        {{- range $ports | uniq }}
        - port: {{ . }}
        {{- end }}
    - ports:
        - port: 50051
      to:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: estafet
              app.kubernetes.io/instance: {{ .root.Release.Name }}
              estafet/role: api
{{- end }}
