package main

// Drawn waves, hooks, orphans, health and options of resources.

import (
	"fmt"
	"strings"
)

var goodWaves = []string{"-5", "-2", "-1", "0", "1", "1", "2", "2", "3", "5", "10", "100"}
var oddWaves = []string{"abc", "1.5", " 1", "+2", "", "99999999999999999999", "0x1", "-0", "01", "1e3", "-"}

func (g *planGen) wave(ann M, p, odd float64) {
	d := g.d
	if d.p(p) {
		ann["argocd.argoproj.io/sync-wave"] = pick(d, goodWaves...)
		if d.p(odd) {
			ann["argocd.argoproj.io/sync-wave"] = pick(d, oddWaves...)
		}
	}
	if d.p(p * 0.15) {
		ann["helm.sh/hook-weight"] = pick(d, "-5", "-1", "0", "3", "7", "x", "")
	}
}

func (g *planGen) addResources(n int, wp, odd float64) []M {
	var out []M
	for i := 0; i < n; i++ {
		k := pick(g.d, plain...)
		ann := M{}
		g.wave(ann, wp, odd)
		o := g.obj(k, g.name(), ann)
		if k.namespaced && g.d.p(0.12) {
			o["metadata"].(M)["namespace"] = pick(g.d, g.ns, "other", "kube-system")
		}
		g.targets = append(g.targets, o)
		out = append(out, o)
	}
	return out
}

func (g *planGen) addHook(types string, helm bool) M {
	d := g.d
	k := pick(d, hookKinds...)
	ann := M{}
	if helm {
		ann["helm.sh/hook"] = types
		if d.p(0.5) {
			ann["helm.sh/hook-weight"] = pick(d, "-5", "-1", "0", "2", "10")
		}
		if d.p(0.5) {
			ann["helm.sh/hook-delete-policy"] = pick(d, "hook-succeeded", "hook-failed", "before-hook-creation", "before-hook-creation,hook-succeeded", "bogus")
		}
	} else {
		ann["argocd.argoproj.io/hook"] = types
		if d.p(0.5) {
			ann["argocd.argoproj.io/hook-delete-policy"] = pick(d, "HookSucceeded", "HookFailed", "BeforeHookCreation", "HookSucceeded,HookFailed", "HookSucceeded, BeforeHookCreation", "Nonsense", "")
		}
	}
	g.wave(ann, 0.3, 0.1)
	o := g.obj(k, g.name(), ann)
	if k.kind == "Job" && !strings.Contains(types, ",") && d.p(0.15) {
		m := o["metadata"].(M)
		m["generateName"] = m["name"].(string) + "-"
		delete(m, "name")
	}
	g.targets = append(g.targets, o)
	return o
}

func named(o M) bool { _, ok := o["metadata"].(M)["name"]; return ok }

func dedupe(ts []M) (out []M) {
	seen := map[string]bool{}
	for _, t := range ts {
		k := fmt.Sprint(t["kind"], t["metadata"].(M)["name"])
		if !seen[k] {
			seen[k] = true
			out = append(out, t)
		}
	}
	return
}

func toM(l M) M {
	// live objects went through JSON, so nested maps are plain
	if m, ok := l["metadata"].(map[string]any); ok {
		l["metadata"] = M(m)
	}
	return l
}

func (g *planGen) someLive(p float64) {
	have := map[string]bool{}
	for _, l := range g.live {
		have[g.key(toM(l))] = true
	}
	for _, o := range g.targets {
		if !named(o) || !g.d.p(p) || have[g.key(o)] {
			continue
		}
		l := g.liveOf(o, pick(g.d, g.app, g.app, g.app, g.app, ""))
		if ann, ok := o["metadata"].(M)["annotations"].(M); ok && (ann["argocd.argoproj.io/hook"] != nil || ann["helm.sh/hook"] != nil) && g.d.p(0.6) {
			l["metadata"].(map[string]any)["finalizers"] = A{"argocd.argoproj.io/hook-finalizer"}
		}
		if g.d.p(0.3) && l["kind"] == "ConfigMap" {
			l["data"] = M{"k": "old"}
		}
		g.live = append(g.live, l)
	}
}

func (g *planGen) orphans(n int, wp float64) {
	for i := 0; i < n; i++ {
		k := pick(g.d, plain...)
		ann := M{}
		g.wave(ann, wp, 0.05)
		if g.d.p(0.25) {
			ann["argocd.argoproj.io/sync-options"] = pick(g.d, "Prune=false", "PruneLast=true", "Prune=true", "Prune=false,PruneLast=true", "Delete=false", "Prune=confirm")
		}
		if g.d.p(0.05) {
			ann["argocd.argoproj.io/hook"] = pick(g.d, "PreSync", "Skip", "Foo")
		}
		l := g.liveOf(g.obj(k, g.name(), ann), pick(g.d, g.app, g.app, g.app, g.app, g.app, "another"))
		if g.d.p(0.06) {
			l["metadata"].(map[string]any)["ownerReferences"] = A{M{"apiVersion": "apps/v1", "kind": "Deployment", "name": "o", "uid": "u"}}
		}
		if g.d.p(0.06) {
			l["metadata"].(map[string]any)["deletionTimestamp"] = "2026-01-05T11:00:00Z"
			l["metadata"].(map[string]any)["finalizers"] = A{"example.com/hold"}
		}
		g.live = append(g.live, l)
	}
}

func (g *planGen) hookHealth(o M) {
	if !named(o) || !g.d.p(0.4) {
		return
	}
	g.setHealth(o, pick(g.d, []assumedHealth{{Status: "Progressing", Message: "running"}, {Status: "Healthy", Message: "completed"}}, []assumedHealth{{Status: "Degraded", Message: "exit 1"}}, []assumedHealth{{Status: "Progressing"}, {Status: "Progressing"}, {Status: "Healthy"}})...)
}

func (g *planGen) randomHealth(o M, p float64) {
	if !g.d.p(p) {
		return
	}
	g.setHealth(o, pick(g.d, []assumedHealth{{Status: "Progressing", Message: "rolling out"}, {Status: "Healthy", Message: "ready"}}, []assumedHealth{{Status: "Degraded", Message: "crash loop"}}, []assumedHealth{{Status: "Progressing", Message: "forever"}}, []assumedHealth{{Status: "Suspended", Message: "paused"}}, []assumedHealth{{Status: "Unknown", Message: "?"}}, []assumedHealth{{Status: "Missing"}}, []assumedHealth{{Status: "Progressing"}, {Status: "Progressing"}, {Status: "Degraded", Message: "late"}}, []assumedHealth{{Status: "Healthy", Message: "up"}})...)
}

func (g *planGen) resourceOptions(o M) {
	if !g.d.p(0.8) {
		return
	}
	ann, _ := o["metadata"].(M)["annotations"].(M)
	if ann == nil {
		ann = M{}
		o["metadata"].(M)["annotations"] = ann
	}
	ann["argocd.argoproj.io/sync-options"] = pick(g.d, "Replace=true", "Force=true", "Replace=true,Force=true", "Validate=false", "ServerSideApply=true", "ServerSideApply=false", "Replace=false", "SkipDryRunOnMissingResource=true", " Replace=true , Force=true ", "Replace=True", "Replace=true;Force=true", "ServerSideApply=true,Replace=true,Validate=false", "")
}

func (g *planGen) finish(prune bool) M {
	meta := M{"name": g.app, "namespace": "argocd"}
	if len(g.appAnn) > 0 {
		meta["annotations"] = g.appAnn
	}
	project := "default"
	if g.project != nil {
		project = g.project["metadata"].(M)["name"].(string)
	}
	spec := M{"project": project, "source": M{"repoURL": "https://git.example.com/" + g.app + ".git", "path": ".", "targetRevision": "main"}, "destination": M{"server": "https://kubernetes.default.svc", "namespace": g.ns}}
	if md := g.spec["managedNamespaceMetadata"]; md != nil {
		spec["syncPolicy"] = M{"managedNamespaceMetadata": md}
	}
	if x := g.spec["ignoreDifferences"]; x != nil {
		spec["ignoreDifferences"] = x
	}
	g.sync["revision"] = "main"
	if prune {
		g.sync["prune"] = true
	}
	if len(g.opts) > 0 {
		g.sync["syncOptions"] = g.opts
	}
	g.op["sync"] = g.sync
	in := M{"application": M{"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": meta, "spec": spec}, "revision": pick(g.d, "0123456789abcdef0123456789abcdef01234567", "0123456789abcdef0123456789abcdef01234567", "v1.2.3", "abcdefgh"), "operation": g.op, "targets": list(g.targets), "live": list(g.live), "assume": g.as}
	if g.project != nil {
		in["project"] = g.project
	}
	return in
}

func list(ms []M) A {
	out := A{}
	for _, m := range ms {
		out = append(out, m)
	}
	return out
}
