#!/usr/bin/env bash
# Renders what needs a renderer, with the real tools and the arguments Argo CD would pass. The result is committed.
#   go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.1 && go install helm.sh/helm/v4/cmd/helm@v4.3.1
set -eu
cd "$(dirname "$0")"
mkdir -p rendered
kustomize build gitops/apps/services/order-service > rendered/order-service.yaml
helm template inventory-service gitops/charts/microservice --namespace shop-inventory --kube-version 1.37.0 --include-crds \
  --values gitops/clusters/production/values.yaml --values gitops/apps/services/inventory-service/values.yaml > rendered/inventory-service.yaml
