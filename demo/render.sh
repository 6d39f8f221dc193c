#!/usr/bin/env bash
# Renders what needs a renderer, with the real tools and the arguments Argo CD would pass. The result is committed.
#   go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.1 && go install helm.sh/helm/v4/cmd/helm@v4.3.1
set -eu
cd "$(dirname "$0")"
mkdir -p rendered
kustomize build gitops/apps/services/order-service > rendered/order-service.yaml
cp rendered/order-service.yaml rendered/staging-order-service.yaml
chart() { # RELEASE NAMESPACE [more arguments]
  local release=$1 namespace=$2; shift 2
  helm template "$release" gitops/charts/microservice --namespace "$namespace" --kube-version 1.37.0 --include-crds \
    --values gitops/clusters/production/values.yaml --values gitops/apps/services/inventory-service/values.yaml "$@" > "rendered/$release.yaml"
}
chart inventory-service shop-inventory
chart eu-inventory-service shop-inventory --set image.tag=3.2
chart us-inventory-service shop-inventory --set image.tag=3.2
