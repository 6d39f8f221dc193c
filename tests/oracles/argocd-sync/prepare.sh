#!/usr/bin/env bash
# Makes the private copies of the two pinned modules that this oracle is built against (never committed), then builds it.
set -eu
export GOTOOLCHAIN=go1.27.0
cd "$(dirname "$0")"
go mod download github.com/argoproj/argo-cd/v3@v3.6.1 github.com/argoproj/argo-cd/gitops-engine/v3@v3.6.1
cache=$(go env GOMODCACHE)/github.com/argoproj/argo-cd
priv=../priv
rm -rf "$priv"; mkdir -p "$priv"
cp -r "$cache/v3@v3.6.1" "$priv/argo-cd"
cp -r "$cache/gitops-engine/v3@v3.6.1" "$priv/gitops-engine"
chmod -R u+w "$priv"
cp shim/v1alpha1.go.txt "$priv/argo-cd/pkg/apis/application/v1alpha1/zz_lofting.go"
cp shim/controller.go.txt "$priv/argo-cd/controller/zz_lofting.go"
cp shim/sync.go.txt "$priv/gitops-engine/pkg/sync/zz_lofting.go"
for file in pkg/apis/application/v1alpha1/types.go controller/appcontroller.go controller/sync.go controller/state.go; do
  sed -i -e 's/\btime\.Now()/oracleNow()/g' -e 's/\btime\.Since(/oracleSince(/g' -e 's/\btime\.Until(/oracleUntil(/g' -e 's/\bmetav1\.Now()/metav1.NewTime(oracleNow())/g' "$priv/argo-cd/$file"
done
python3 - "$priv/gitops-engine/pkg/sync/sync_context.go" <<'P'
import re, sys
path = sys.argv[1]
text = open(path).read()
start = re.search(r"func \(sc \*syncContext\) getSyncTasks\(.*\{\n", text).end()
end = text.index("\n}\n", start)
body = text[start:end]
at = body.rindex("\n\treturn ")
open(path, "w").write(text[:start] + body[:at] + "\n\tloftingObserve(tasks)" + body[at:] + text[end:])
P
go build -o oracle .
