{{/* The name that everything begins with. */}}
{{- define "tidemark.name" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 30 | trimSuffix "-" -}}
{{- end }}

{{- define "tidemark.labels" -}}
{{ include "tidemark.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "tidemark.selector" -}}
app.kubernetes.io/name: tidemark
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tidemark.gateway.selector" -}}
{{ include "tidemark.selector" . }}
app.kubernetes.io/component: gateway
{{- end }}

{{- define "tidemark.ingest.selector" -}}
{{ include "tidemark.selector" . }}
app.kubernetes.io/component: ingest
{{- end }}

{{/* An image, of (list root image). */}}
{{- define "tidemark.image" -}}
{{- $root := index . 0 -}}{{- $image := index . 1 -}}
{{- $root.Values.image.registry -}}{{- $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}{{ end -}}
{{- end }}

{{/* The domain of a service, of (list root service). */}}
{{- define "tidemark.domain" -}}
{{- $root := index . 0 -}}
{{ printf "%s.%s.svc.%s" (index . 1) $root.Release.Namespace $root.Values.clusterDomain }}
{{- end }}

{{- define "tidemark.ingest.host" -}}
{{ include "tidemark.domain" (list . (printf "%s-ingest" (include "tidemark.name" .))) }}
{{- end }}

{{- define "tidemark.peers.domain" -}}
{{ include "tidemark.domain" (list . (printf "%s-gateway-peers" (include "tidemark.name" .))) }}
{{- end }}

{{/* The same line on every gateway: pod=pod.peers:9001,... */}}
{{- define "tidemark.peers" -}}
{{- $root := . -}}
{{- $peers := list -}}
{{- range $i := until (int .Values.gateway.replicas) -}}
{{- $pod := printf "%s-gateway-%d" (include "tidemark.name" $root) $i -}}
{{- $peers = append $peers (printf "%s=%s.%s:9001" $pod $pod (include "tidemark.peers.domain" $root)) -}}
{{- end -}}
{{ join "," $peers }}
{{- end }}

{{/* More settings as environment variables, by Quarkus' mapping. */}}
{{- define "tidemark.settings" -}}
{{- range $key, $value := . }}
- name: {{ regexReplaceAll "[^A-Z0-9]" (upper $key) "_" }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "tidemark.pod.security" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "tidemark.container.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* Copies files that only their owner may read are made of: a Secret's are root's. */}}
{{- define "tidemark.copy.resources" -}}
requests: {cpu: 10m, memory: 16Mi}
limits: {cpu: 100m, memory: 32Mi}
{{- end }}

{{/* The port of a URL, of (list url default). */}}
{{- define "tidemark.port" -}}
{{- $host := (urlParse (index . 0)).host -}}
{{- regexFind ":[0-9]+$" $host | trimPrefix ":" | default (index . 1) -}}
{{- end }}

{{- define "tidemark.influxdb.port" -}}
{{ include "tidemark.port" (list .Values.influxdb.url (ternary "443" "80" (hasPrefix "https:" .Values.influxdb.url))) }}
{{- end }}

{{- define "tidemark.postgresql.port" -}}
{{ include "tidemark.port" (list (trimPrefix "jdbc:" .Values.postgresql.url) "5432") }}
{{- end }}

{{/* Peers of a network policy's rule, none for everybody; of (list key peers). */}}
{{- define "tidemark.who" -}}
{{- if index . 1 }}
{{ index . 0 }}:
{{- toYaml (index . 1) | nindent 2 }}
{{- end }}
{{- end }}
