#!/usr/bin/env bash
# Builds the oracles (or those named as arguments) in place. What they download and build is ignored by git.
set -euo pipefail
cd "$(dirname "$0")"
pin() { python3 -c "import json,sys; v=json.load(open('../../crates/core/pins.json'))
for k in sys.argv[1].split('.'): v=v[k]
print(v)" "$1"; }
export GOTOOLCHAIN; GOTOOLCHAIN=$(pin go.toolchain)
export GOFLAGS=${GOFLAGS:--buildvcs=false}
pinned() { # DIR MODULE RELEASE
  (cd "$1" && go list -m -f '{{.Version}}' "$2") | grep -qx "$3" || { echo "$1 asks for another release of $2 than pins.json says ($3)" >&2; exit 1; }
}
CD=$(pin argocd.module) CDV=$(pin argocd.release) RO=$(pin rollouts.module) ROV=$(pin rollouts.release)
want() { [ $# -lt 2 ] || [ -z "$ASKED" ] || [[ " $ASKED " == *" $2 "* ]]; }
ASKED="$*"
if want x lang; then
  pinned lang/cd "$CD" "$CDV"; (cd lang/cd && go build -o ../cd-oracle .)
  pinned lang/ro "$RO" "$ROV"; (cd lang/ro && go build -o ../ro-oracle .)
  (cd lang/npm && npm install --no-audit --no-fund --silent)
fi
if want x rollouts-trace; then pinned rollouts-trace "$RO" "$ROV"; (cd rollouts-trace && go build -o oracle .); fi
if want x rollouts-scalar; then
  # The module with a few thin exports added (exports/*.txt), because some functions are not exported.
  cache=$(cd rollouts-trace && go mod download "$RO" >/dev/null; cd rollouts-trace 2>/dev/null || true; go env GOMODCACHE)
  rm -rf rollouts-scalar/up; cp -r "$cache/$RO@$ROV" rollouts-scalar/up; chmod -R u+w rollouts-scalar/up
  (cd rollouts-scalar/exports && find . -name '*.txt' -exec sh -c 'cp "$1" "../up/${1%.txt}"' _ {} \;)
  # Ambassador's reconciler sleeps five seconds before it deletes a mapping; nothing is decided in them.
  sed -i 's/time.Sleep(5 \* time.Second)/time.Sleep(0)/' rollouts-scalar/up/rollout/trafficrouting/ambassador/ambassador.go
  (cd rollouts-scalar && go build -o rollouts-scalar .)
fi
if want x argocd-diff; then pinned argocd-diff "$CD" "$CDV"; (cd argocd-diff && go build -mod=mod -o argocd-diff .); fi
if want x argocd-appset; then pinned argocd-appset "$CD" "$CDV"; (cd argocd-appset && go build -o oracle .); fi
if want x argocd-sync; then argocd-sync/prepare.sh; fi
if want x backstage; then
  # Read before the directory changes: the pins are found from here.
  legacy=$(pin backstage.legacyScaffolderBackend)
  (cd backstage && npm install --legacy-peer-deps --no-audit --no-fund --silent
   npm pack --silent "@backstage/plugin-scaffolder-backend@$legacy" >/dev/null
   mkdir -p legacy && tar xzf backstage-plugin-scaffolder-backend-*.tgz -C legacy)
fi
