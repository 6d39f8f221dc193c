package main

// Draws inputs for one pass of the controller and of a rolling sync.

import (
	"encoding/json"
	"fmt"
	"math/rand"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

func genDiff(r *rand.Rand, topic string, seed int64, count int) []Call {
	var out []Call
	for i := 0; i < count; i++ {
		g := newG(r)
		g.gt = true
		var el A
		n := 1 + g.Intn(4)
		for j := 0; j < n; j++ {
			el = append(el, M{"name": fmt.Sprintf("app-%c", 'a'+j), "env": envs[g.Intn(4)], "server": "https://kubernetes.default.svc", "rev": g.pick("main", "v1", "v2")})
		}
		inv := M{"clusters": A{M{"name": "prod", "server": "https://prod"}, M{"name": "dev", "server": "https://dev/"}}}
		set := M{}
		md := M{"name": "{{.name}}"}
		if g.p(0.5) {
			md["labels"] = M{"env": "{{.env}}"}
		}
		if g.p(0.4) {
			md["annotations"] = M{"note": "{{.env}}"}
		}
		if g.p(0.15) {
			md["finalizers"] = g.any(A{"custom/f"}, A{"resources-finalizer.argocd.argoproj.io/background"})
		}
		dest := M{"server": "{{.server}}", "namespace": "ns"}
		if g.p(0.25) {
			dest = M{"name": g.pick("prod", "dev", "in-cluster", "gone"), "namespace": "ns"}
			g.f("dest-name")
		}
		sp := M{"project": g.pick("default", "default", "default", "", "ghost"), "source": M{"repoURL": "https://r", "path": "p", "targetRevision": "{{.rev}}"}, "destination": dest}
		if g.p(0.3) {
			sp["syncPolicy"] = g.any(M{}, M{"automated": M{"prune": true}}, M{"syncOptions": A{"A=1"}}, M{"retry": M{"limit": 2}})
		}
		if g.p(0.15) {
			sp["source"].(M)["helm"] = g.any(M{}, M{"parameters": A{M{"name": "a", "value": "{{.env}}"}}}, M{"valuesObject": M{"a": "{{.env}}"}})
		}
		if g.p(0.1) {
			sp["source"].(M)["directory"] = g.any(M{}, M{"recurse": true}, M{"include": "*.yaml"})
		}
		spec := M{"goTemplate": true, "goTemplateOptions": A{"missingkey=error"}, "generators": A{M{"list": M{"elements": el}}}, "template": M{"metadata": md, "spec": sp}}
		if g.p(0.25) {
			spec["templatePatch"] = g.pick("operation:\n  sync:\n    revision: abc\n", "metadata:\n  annotations:\n    argocd.argoproj.io/refresh: hard\n", "spec:\n  revisionHistoryLimit: 5\n", "{{ if eq .env \"prod\" }}spec:\n  syncPolicy:\n    automated:\n      selfHeal: true\n{{ end }}", "metadata:\n  name: \"\"\n")
			g.f("patch")
		}
		pol := M{}
		if g.p(0.6) {
			pol["applicationsSync"] = g.pick("create-only", "create-update", "create-delete", "sync")
			g.f(pol["applicationsSync"].(string))
		}
		if g.p(0.3) {
			pol["preserveResourcesOnDeletion"] = true
			g.f("preserve")
		}
		if len(pol) > 0 {
			spec["syncPolicy"] = pol
		}
		if g.p(0.25) {
			set["policy"] = g.pick("create-only", "create-update", "create-delete", "sync")
			g.f("policy:" + set["policy"].(string))
			if g.p(0.5) {
				set["enablePolicyOverride"] = g.p(0.5)
			}
		}
		if g.p(0.3) {
			spec["preservedFields"] = g.any(M{"annotations": A{"keep.me/x"}}, M{"labels": A{"keepLabel"}}, M{"annotations": A{"keep.me/x", "note"}, "labels": A{"keepLabel", "env"}})
			g.f("preserved")
		}
		if g.p(0.1) {
			set["preservedAnnotations"] = A{"global/x"}
			set["preservedLabels"] = A{"globalLabel"}
		}
		if g.p(0.35) {
			spec["ignoreApplicationDifferences"] = g.any(A{M{"jsonPointers": A{"/spec/source/targetRevision"}}}, A{M{"name": "app-a", "jsonPointers": A{"/spec/source/targetRevision", "/spec/syncPolicy"}}}, A{M{"jqPathExpressions": A{".spec.source.helm.parameters"}}}, A{M{"jsonPointers": A{"/metadata/labels", "/metadata/annotations"}}}, A{M{"jqPathExpressions": A{".spec.source.["}}}, A{M{"jsonPointers": A{"spec/bad"}}}, A{M{"name": "app-b", "jqPathExpressions": A{".metadata.labels[\"env\"]"}}}, A{M{"jsonPointers": A{"/spec/syncPolicy/automated"}}})
			g.f("ignore")
		}
		if g.p(0.1) {
			el = append(el, el[0])
			spec["generators"] = A{M{"list": M{"elements": el}}}
			g.f("duplicate")
		}
		if g.p(0.04) {
			spec["generators"] = A{M{"list": M{"elements": append(el, M{"name": "broken"})}}}
			g.f("generation-error")
		}
		if g.p(0.06) {
			spec["generators"] = g.any(A{}, A{M{"list": M{"elements": A{}}}}, A{M{"git": M{"repoURL": "u", "revision": "HEAD", "requeueAfterSeconds": 77}}})
			g.f("empty")
		}
		if g.p(0.3) {
			inv["projects"] = A{"default", "team"}
			g.f("projects")
		}
		if g.p(0.08) {
			set["inClusterEnabled"] = false
			g.f("no-in-cluster")
		}
		if g.p(0.15) {
			set["progressiveSyncs"] = true
			spec["strategy"] = g.any(M{"type": "RollingSync", "rollingSync": M{"steps": A{M{"matchExpressions": A{M{"key": "env", "operator": "In", "values": A{"dev", "qa"}}}}, M{"matchExpressions": A{M{"key": "env", "operator": "In", "values": A{"prod"}}}, "maxUpdate": "50%"}}}}, M{"type": "RollingSync", "rollingSync": M{}}, M{"type": "AllAtOnce"}, M{"type": "RollingSync"})
			g.f("rolling")
		}
		if len(set) > 0 {
			inv["settings"] = set
		}
		as := M{"metadata": M{"name": "as", "namespace": "argocd"}, "spec": spec}
		if g.p(0.1) {
			as["metadata"].(M)["annotations"] = M{"argocd.argoproj.io/application-set-refresh": "true"}
		}
		in := M{"after": as, "inventory": inv}
		// what the cluster holds: what upstream would have made of it, then tampered with
		if g.p(0.85) {
			var base v1alpha1.ApplicationSet
			clean := deepCopyJSON(as).(M)
			cs := clean["spec"].(M)
			delete(cs, "syncPolicy")
			delete(cs, "strategy")
			delete(cs, "ignoreApplicationDifferences")
			cs["template"].(M)["spec"].(M)["project"] = "default"
			cs["template"].(M)["spec"].(M)["destination"] = M{"server": "https://prod", "namespace": "ns"}
			if g.p(0.6) {
				cs["template"].(M)["spec"].(M)["destination"] = dest
			}
			rows := A{}
			for j := 0; j < n; j++ {
				if g.p(0.75) {
					rows = append(rows, deepCopyJSON(el[j]))
				}
			}
			for j := 0; j < g.Intn(3); j++ {
				rows = append(rows, M{"name": fmt.Sprintf("old-%d", j), "env": "dev", "server": g.pick("https://prod", "https://vanished", "https://dev"), "rev": "main"})
			}
			cs["generators"] = A{M{"list": M{"elements": rows}}}
			if g.p(0.12) {
				in["before"] = clean
				g.f("before")
			} else {
				b, _ := json.Marshal(clean)
				must(decode(b, &base))
				base.UID = asUID
				wi := Inventory{Clusters: []Cluster{{Name: "prod", Server: "https://prod"}, {Name: "dev", Server: "https://dev/"}}}
				w := newWorld(&wi, false, false)
				apps := renderAll(&base, w)
				w.Close()
				cur := A{}
				for k := range apps {
					if apps[k].Name == "" {
						continue
					}
					a := appJSON(&apps[k])
					a = deepCopyJSON(a).(M)
					m := a["metadata"].(M)
					s, _ := a["spec"].(M)
					switch g.Intn(14) {
					case 0:
						m["annotations"] = M{"keep.me/x": "1", "global/x": "2", "stray": "3", "notified.notifications.argoproj.io": "{}"}
						g.f("live-annotations")
					case 1:
						m["labels"] = M{"keepLabel": "1", "globalLabel": "2", "stray": "3", "env": "live"}
						g.f("live-labels")
					case 2:
						s["source"] = M{"repoURL": "https://r", "path": "p", "targetRevision": "manual"}
						g.f("live-source")
					case 3:
						s["syncPolicy"] = g.any(M{}, M{"automated": M{"enabled": false}}, M{"automated": M{}})
						g.f("live-syncPolicy")
					case 4:
						m["finalizers"] = A{"resources-finalizer.argocd.argoproj.io", "post-delete-finalizer.argocd.argoproj.io/cleanup", "pre-delete-finalizer.argocd.argoproj.io", "other/f"}
						g.f("live-finalizers")
					case 5:
						m["ownerReferences"] = g.any(A{}, A{M{"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "other", "uid": "u2", "controller": true}}, A{M{"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "name": "parent", "uid": "u3", "controller": true}})
						g.f("foreign-owner")
					case 6:
						a["operation"] = M{"sync": M{"revision": "live"}}
						g.f("live-operation")
					case 7:
						a["status"] = M{"sync": M{"status": "Synced", "revision": "abc"}, "health": M{"status": "Healthy"}}
					case 8:
						m["annotations"] = M{"argocd.argoproj.io/refresh": "normal"}
						g.f("live-refresh")
					case 9:
						s["source"].(M)["helm"] = M{"parameters": A{M{"name": "a", "value": "manual"}}}
						g.f("live-helm")
					}
					cur = append(cur, a)
				}
				in["current"] = cur
			}
		}
		if g.p(0.06) {
			in["deleted"] = true
			g.f("deleted")
		}
		out = append(out, g.call("appset.diff", fmt.Sprintf("diff-%d-%d", seed, i), in))
	}
	return out
}

func renderAll(as *v1alpha1.ApplicationSet, w *World) []v1alpha1.Application {
	defer func() { _ = recover() }()
	apps, _, _ := genApps(as, w)
	for i := range apps {
		apps[i].Spec = *normalize(&apps[i].Spec)
	}
	return apps
}

func genSteps(r *rand.Rand, topic string, seed int64, count int) []Call {
	var out []Call
	past := []string{"2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z", "2024-01-01T02:00:00Z", "2024-01-01T03:00:00Z"}
	for i := 0; i < count; i++ {
		g := newG(r)
		g.gt = false
		n := 1 + g.Intn(6)
		var desired, cur, sts A
		steps := A{}
		for j := 0; j < 1+g.Intn(3); j++ {
			s := M{}
			if g.p(0.9) {
				me := A{}
				for k := 0; k < 1+g.Intn(8)/7; k++ {
					op := g.pick("In", "In", "In", "In", "NotIn")
					if g.p(0.05) {
						op = g.pick("Exists", "in", "")
						g.f("bad-op")
					}
					me = append(me, M{"key": g.pick("env", "env", "env", "tier"), "operator": op, "values": g.any(A{"dev"}, A{"prod"}, A{"dev", "qa"}, A{"staging", "prod"}, A{"gold"}, A{})})
				}
				s["matchExpressions"] = me
			} else {
				g.f("no-match")
			}
			if g.p(0.5) {
				s["maxUpdate"] = g.any(0, 1, 2, 100, -1, "0%", "1%", "25%", "50%", "100%", "150%", "2", "x%", "", "10.5%")
				g.f("maxUpdate")
			}
			steps = append(steps, s)
		}
		for j := 0; j < n; j++ {
			name := fmt.Sprintf("app-%d", j)
			lab := M{"env": g.pick("dev", "qa", "staging", "prod")}
			if g.p(0.3) {
				lab["tier"] = "gold"
			}
			if g.p(0.1) {
				delete(lab, "env")
			}
			sp := M{"project": "default", "source": M{"repoURL": "r", "path": "p", "targetRevision": "main"}, "destination": M{"server": "s"}}
			if g.p(0.4) {
				sp["syncPolicy"] = g.any(M{"automated": M{"prune": true}}, M{"automated": M{"enabled": false, "prune": true}}, M{"automated": M{}, "syncOptions": A{"X=1"}, "retry": M{"limit": 9}}, M{"syncOptions": A{"Y=1"}}, M{})
			}
			if g.p(0.1) {
				delete(sp, "source")
				sp["sources"] = A{M{"repoURL": "a", "path": "x"}, M{"repoURL": "b", "path": "y"}}
			}
			if !g.p(0.06) {
				desired = append(desired, M{"metadata": M{"name": name, "labels": lab}, "spec": sp})
			} else {
				g.f("undesired")
			}
			if g.p(0.9) {
				ls := deepCopyJSON(sp).(M)
				if pol, ok := ls["syncPolicy"].(M); ok && pol["automated"] != nil {
					pol["automated"].(M)["enabled"] = false
				}
				if g.p(0.08) {
					ls["project"] = "changed"
					g.f("specChanged")
				}
				rev := g.pick("r1", "r1", "r1", "r1", "r1", "r1", "r1", "r2")
				st := M{"health": M{"status": g.pick("Healthy", "Healthy", "Healthy", "Healthy", "Progressing", "Degraded", "Missing")}, "sync": M{"status": g.pick("Synced", "Synced", "OutOfSync", "OutOfSync", "Unknown"), "revision": rev}}
				if ls["sources"] != nil {
					st["sync"].(M)["revisions"] = A{rev, "r9"}
					delete(st["sync"].(M), "revision")
				}
				if g.p(0.8) {
					st["reconciledAt"] = g.pick(past[g.Intn(4)], past[3], "2999-01-01T00:00:00Z")
				}
				if g.p(0.5) {
					st["operationState"] = M{"phase": g.pick("Succeeded", "Failed", "Running", "Error"), "startedAt": past[g.Intn(4)], "operation": M{}}
				}
				if g.p(0.07) {
					st["conditions"] = A{M{"type": g.pick("InvalidSpecError", "UnknownError", "ComparisonError"), "message": "m"}}
				}
				md := M{"name": name, "labels": lab}
				if g.p(0.05) {
					md["annotations"] = M{"argocd.argoproj.io/refresh": "normal"}
				}
				cur = append(cur, M{"metadata": md, "spec": ls, "status": st})
				if g.p(0.8) {
					tr := A{"r1"}
					if ls["sources"] != nil {
						tr = A{"r1", "r9"}
					}
					s := M{"application": name, "status": g.pick("Healthy", "Healthy", "Waiting", "Waiting", "Pending", "Progressing"), "step": fmt.Sprint(1 + g.Intn(2)), "message": g.pick("m", "m", "m", "m", "m", "m", "Application has pending changes, setting status to Waiting"), "targetRevisions": tr}
					if g.p(0.93) || s["status"] == "Pending" {
						s["lastTransitionTime"] = past[g.Intn(3)]
					}
					sts = append(sts, s)
				}
			} else {
				g.f("not-created")
			}
		}
		if g.p(0.05) {
			sts = append(sts, M{"application": "ghost", "status": "Pending", "step": "1", "message": "m", "targetRevisions": A{}, "lastTransitionTime": past[0]})
		}
		strat := M{"type": "RollingSync", "rollingSync": M{"steps": steps}}
		if g.p(0.04) {
			strat["type"] = g.pick("AllAtOnce", "", "rollingSync", "Other")
			g.f("other-type")
		}
		as := M{"metadata": M{"name": "as", "namespace": "argocd"}, "spec": M{"generators": A{}, "template": M{"metadata": M{}, "spec": M{"project": "", "destination": M{}}}, "strategy": strat}}
		if sts != nil {
			as["status"] = M{"applicationStatus": sts}
		}
		if g.p(0.08) {
			as["spec"].(M)["ignoreApplicationDifferences"] = A{M{"jsonPointers": A{"/spec/project"}}}
		}
		if desired == nil {
			desired = A{}
		}
		if cur == nil {
			cur = A{}
		}
		out = append(out, g.call("appset.steps", fmt.Sprintf("steps-%d-%d", seed, i), M{"applicationSet": as, "desired": desired, "current": cur}))
	}
	return out
}
