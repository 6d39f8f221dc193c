#!/usr/bin/env bash
# up.sh BIN STATE: start the control plane, Argo CD and Argo Rollouts. What already runs is left alone.
# CD and RO: directories of the released modules argo-cd/v3 v3.6.1 and argo-rollouts v1.10.2 (for their CRDs);
# found through `go list` in main-argo and main-rollouts when not given.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$1" && pwd) state=$2; mkdir -p "$state"; state=$(cd "$state" && pwd); touch "$state/pids"
export GOTOOLCHAIN; GOTOOLCHAIN=$(python3 -c "import json; print(json.load(open('$here/../../crates/core/pins.json'))['go']['toolchain'])")
CD=${CD:-$(cd "$here/main-argo" && go list -m -f '{{.Dir}}' github.com/argoproj/argo-cd/v3)}
RO=${RO:-$(cd "$here/main-rollouts" && go list -m -f '{{.Dir}}' github.com/argoproj/argo-rollouts)}
run() { # run NAME COMMAND...: unless the process of that name still is the one started here (its number, and when it started)
  local name=$1 pid started; shift
  read -r pid _ started <<<"$(grep " $name " "$state/pids" | tail -1)" || true
  if [ -n "${pid:-}" ] && [ "$(cut -d' ' -f22 "/proc/$pid/stat" 2>/dev/null)" = "$started" ]; then return 0; fi
  sed -i "/ $name /d" "$state/pids"
  nohup "$@" >>"$state/$name.log" 2>&1 &
  echo "$! $name $(cut -d' ' -f22 "/proc/$!/stat")" >> "$state/pids"
}
wait_for() { for _ in $(seq 180); do "$@" >/dev/null 2>&1 && return 0; sleep 1; done; echo "not up: $1 (see the logs)"; return 1; }

[ -f "$state/sa.key" ] || openssl genrsa -out "$state/sa.key" 2048 2>/dev/null
[ -f "$state/token" ] || (umask 077; openssl rand -hex 16 > "$state/token")
token=$(cat "$state/token")
echo "$token,admin,admin,system:masters" > "$state/tokens.csv"
run etcd "$bin/etcd" --data-dir "$state/etcd" --listen-client-urls http://127.0.0.1:22379 --advertise-client-urls http://127.0.0.1:22379 --listen-peer-urls http://127.0.0.1:22380
run apiserver "$bin/kube-apiserver" --etcd-servers=http://127.0.0.1:22379 --secure-port=26443 --bind-address=127.0.0.1 --advertise-address=127.0.0.1 --cert-dir="$state/certs" \
  --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$state/sa.key" --service-account-signing-key-file="$state/sa.key" \
  --token-auth-file="$state/tokens.csv" --authorization-mode=RBAC --service-cluster-ip-range=10.96.0.0/16 --endpoint-reconciler-type=none --allow-privileged=true \
  --audit-policy-file="$here/config/audit.yaml" --audit-log-path="$state/audit.log" --audit-log-maxsize=2000
cat > "$state/kubeconfig" <<K
apiVersion: v1
kind: Config
clusters: [{name: rig, cluster: {server: "https://127.0.0.1:26443", insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: "$token"}}]
contexts: [{name: rig, context: {cluster: rig, user: admin, namespace: argocd}}]
current-context: rig
K
export KUBECONFIG=$state/kubeconfig
wait_for curl -skf -H "Authorization: Bearer $token" https://127.0.0.1:26443/readyz
# The autoscaler's controller is off: there is no metrics API, kwok writes its status instead.
run kcm "$bin/kube-controller-manager" --kubeconfig="$KUBECONFIG" --service-account-private-key-file="$state/sa.key" --use-service-account-credentials=false \
  --controllers='*,-horizontal-pod-autoscaler-controller' --leader-elect=false --bind-address=127.0.0.1 --secure-port=26257 --cert-dir="$state/kcm-certs"
run scheduler "$bin/kube-scheduler" --kubeconfig="$KUBECONFIG" --leader-elect=false --bind-address=127.0.0.1 --secure-port=26259 --cert-dir="$state/sched-certs"
run kwok "$bin/kwok" --kubeconfig="$KUBECONFIG" --manage-all-nodes=true --node-ip=10.0.0.1 --node-lease-duration-seconds=40 --config="$here/config/kwok.yaml" --server-address=127.0.0.1:28092

kubectl apply -f "$here/config/argocd.yaml" >/dev/null
kubectl apply --server-side --force-conflicts -f "$CD/manifests/crds/application-crd.yaml" -f "$CD/manifests/crds/applicationset-crd.yaml" -f "$CD/manifests/crds/appproject-crd.yaml" >/dev/null
kubectl apply --server-side --force-conflicts -f "$here/config/istio.yaml" >/dev/null
for f in "$RO"/manifests/crds/*-crd.yaml; do kubectl apply --server-side --force-conflicts -f "$f" >/dev/null; done
wait_for kubectl get --raw /apis/argoproj.io/v1alpha1/appprojects
wait_for kubectl apply -f "$here/config/project.yaml"
kubectl -n argocd get secret argocd-secret >/dev/null 2>&1 || {
  kubectl -n argocd create secret generic argocd-secret --from-literal=server.secretkey="$(openssl rand -hex 16)" >/dev/null
  kubectl -n argocd label secret argocd-secret app.kubernetes.io/name=argocd-secret app.kubernetes.io/part-of=argocd >/dev/null; }

for name in argocd-application-controller argocd-applicationset-controller argocd-repo-server argocd-git-ask-pass; do ln -sf argocd "$bin/$name"; done
mkdir -p "$state"/{git,redis,tmp,helm,gnupg,tls,ssh,plugins}; chmod 700 "$state/gnupg"; : > "$state/ssh/ssh_known_hosts"
run git python3 "$here/gitd.py" 28088 "$state/git"
[ -f "$state/metric" ] || echo 0.99 > "$state/metric"
run metrics python3 "$here/metrics.py" 28093 "$state/metric"
run redis redis-server --bind 127.0.0.1 --port 26379 --save '' --appendonly no --dir "$state/redis"
export PATH=$bin:$here/path:$PATH ARGOCD_FAKE_IN_CLUSTER=true ARGOCD_GPG_ENABLED=false TMPDIR=$state/tmp GIT_CONFIG_NOSYSTEM=1
export ARGOCD_GNUPGHOME=$state/gnupg ARGOCD_TLS_DATA_PATH=$state/tls ARGOCD_SSH_DATA_PATH=$state/ssh ARGOCD_PLUGINSOCKFILEPATH=$state/plugins
export HELM_CACHE_HOME=$state/helm/cache HELM_CONFIG_HOME=$state/helm/config HELM_DATA_HOME=$state/helm/data
run repo-server "$bin/argocd-repo-server" --address=127.0.0.1 --port=28081 --metrics-address=127.0.0.1 --metrics-port=28084 --disable-tls --client-ca-path= \
  --redis=127.0.0.1:26379 --redis-compress=none --revision-cache-expiration=1s
run application-controller "$bin/argocd-application-controller" -n argocd --kubeconfig="$KUBECONFIG" --repo-server=127.0.0.1:28081 --repo-server-plaintext \
  --redis=127.0.0.1:26379 --redis-compress=none --metrics-port=28082 --persist-resource-health --app-resync=600 --app-resync-jitter=0 --loglevel=info --logformat=json
run applicationset-controller "$bin/argocd-applicationset-controller" -n argocd --kubeconfig="$KUBECONFIG" --argocd-repo-server=127.0.0.1:28081 --repo-server-plaintext \
  --metrics-addr=127.0.0.1:28085 --probe-addr=127.0.0.1:28086 --webhook-addr=127.0.0.1:28087 --loglevel=info --logformat=json
run rollouts "$bin/rollouts-controller" -n argo-rollouts --kubeconfig="$KUBECONFIG" --leader-elect=false --healthzPort=28090 --metricsPort=28091 --logformat=json
wait_for sh -c "kubectl get node fake -o jsonpath='{.status.conditions[?(@.type==\"Ready\")].status}' | grep -q True"
echo "up: KUBECONFIG=$KUBECONFIG"
