{{- define "microservice.labels" -}}
app.kubernetes.io/name: {{ .Values.name }}
backstage.io/kubernetes-id: {{ .Values.name }}
{{- end -}}
