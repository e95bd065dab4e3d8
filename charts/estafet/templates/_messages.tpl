{{/* How a deputy tells people something: what its channels are told, need and reach. */}}

{{/* By the names of the variables: those of all messages' settings begin alike. */}}
{{- define "estafet.messages" -}}
{{- $told := dict -}}
{{- range $name, $value := .values.messages -}}
{{- $_ := set $told (printf "messages_%s" $name) $value -}}
{{- end -}}
{{- toJson $told -}}
{{- end }}

{{/* The files of the channels that are set up. A pod whose secret lacks one waits, and says which. */}}
{{- define "estafet.channelKeys" -}}
{{- $keys := list -}}
{{- with .values.messages -}}
{{- if .smtp_user }}{{ $keys = append $keys "smtp_password" }}{{ end -}}
{{- if .sms_url }}{{ $keys = append $keys "sms_key" }}{{ end -}}
{{- if .whatsapp_url }}{{ $keys = append $keys "whatsapp_key" }}{{ end -}}
{{- if .push_subject }}{{ $keys = append $keys "push_key.pem" }}{{ end -}}
{{- end -}}
{{- toJson $keys -}}
{{- end }}

{{/* The ports at which mail server, gateways and push services are reached. */}}
{{- define "estafet.channelPorts" -}}
{{- $ports := list -}}
{{- with .values.messages -}}
{{- with .smtp_address }}{{ $ports = append $ports (splitList ":" . | last | int) }}{{ end -}}
{{- range compact (list .sms_url .whatsapp_url) -}}
{{- $port := (urlParse .).host | regexFind ":[0-9]+$" | trimPrefix ":" -}}
{{- $ports = append $ports ($port | default "443" | int) -}}
{{- end -}}
{{- if .push_subject }}{{ $ports = append $ports 443 }}{{ end -}}
{{- end -}}
{{- toJson $ports -}}
{{- end }}
