#!/usr/bin/env bash
# build.sh [BIN]: every program the rig runs, from released modules, into BIN (default $RIG_BIN, else ~/.cache/lofting-rig).
# What is there already is kept: remove a file to have it built anew. About 25 minutes of one core the first time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=${1:-${RIG_BIN:-$HOME/.cache/lofting-rig}}; mkdir -p "$bin"; bin=$(cd "$bin" && pwd)
pin() { python3 -c "import json,sys; v=json.load(open('$here/../../crates/core/pins.json'))
for k in sys.argv[1].split('.'): v=v[k]
print(v)" "$1"; }
export GOTOOLCHAIN; GOTOOLCHAIN=$(pin go.toolchain)
export GOFLAGS="-buildvcs=false -mod=mod" GOBIN=$bin
build() { # build NAME DIR ARGUMENT...: `go build ARGUMENT...` in DIR, moved to BIN/NAME only when it is whole
  local name=$1 dir=$2; shift 2
  [ -x "$bin/$name" ] && return 0
  echo "building $name"
  (cd "$here/$dir" && nice -n 5 go build -o "$bin/.$name" "$@")
  mv "$bin/.$name" "$bin/$name"
}
tool() { # tool NAME PACKAGE@VERSION
  [ -x "$bin/$1" ] && return 0
  echo "building $1"
  (cd / && GOFLAGS=-buildvcs=false nice -n 5 go install "$2")
}
K=k8s.io/component-base/version
kubernetes="-s -w -X $K.gitVersion=v1.37.0 -X $K.gitMajor=1 -X $K.gitMinor=37 -X $K.gitTreeState=clean -X $K.gitCommit=released"
build argocd main-argo -ldflags "-s -w" ./argocd
build rollouts-controller main-rollouts -ldflags "-s -w" github.com/argoproj/argo-rollouts/cmd/rollouts-controller
build kube-apiserver main -ldflags "$kubernetes" ./apiserver
build kube-controller-manager main -ldflags "$kubernetes" ./kcm
build kube-scheduler main -ldflags "$kubernetes" ./scheduler
build etcd main -ldflags "-s -w" ./etcd
tool kustomize sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
tool helm helm.sh/helm/v3/cmd/helm@v3.19.0
tool kwok sigs.k8s.io/kwok/cmd/kwok@v0.8.0
echo "built: $bin"
