package main

// Drawn templates, patches and whole sets.

import (
	"fmt"
	"strings"
)

var gtFuncs = []string{"| lower", "| upper", "| normalize", "| slugify", "| trunc 5", "| quote", "| replace \"-\" \"_\"", "| default \"dflt\"", "| toString | len", "| toJson", "| b64enc", "| sha256sum | trunc 8", "| printf \"%v!\"", "| toString | title", "| toString | nospace", "| toString | trimSuffix \"-0\"", "| toYaml", "| toString | kebabcase", "| squote", "| int", "| toString | upper", "| toString | normalize"}

func (g *G) expr() string {
	if !g.gt {
		x := "nope"
		if len(g.ftx) > 0 {
			x = g.pick(g.ftx...)
		}
		if g.p(0.03) {
			x = g.pick("undefined", "", " ", ".name", "name | lower")
			g.f("ft-odd-tag")
		}
		return g.pick("{{"+x+"}}", "{{ "+x+" }}", "{{"+x+"}}")
	}
	x := ".nope"
	if len(g.gtx) > 0 {
		x = g.pick(g.gtx...)
	}
	if g.p(g.noise) {
		g.f("gt-odd")
		return g.pick("{{.undefined}}", "{{.undefined.deeper}}", "{{ undefinedFn .name }}", "{{ .name", "{{ if .name }}", "{{name}}", "{{ .name.sub }}", "{{ index .name 99 }}", "{{ env \"HOME\" }}", "{{ fail \"stop\" }}", "{{ required \"x\" .nope }}", "{{/* c */}}", "{{`raw {{ }}`}}", "{{ eq .num 3 }}", "{{ eq .num 3.0 }}", "{{ tpl \"{{ .name }}\" . }}", "{{ include \"x\" . }}", "{{ $x := .name }}{{ $x }}", "{{ . | len }}", "{{ dig \"cfg\" \"tier\" \"none\" . }}", "{{ hasKey . \"name\" }}", "{{ get . \"name\" }}", "{{ index . \"name\" }}", "{{ ternary \"y\" \"n\" true }}", "{{ .values }}")
	}
	if strings.Contains(x, "end") {
		return "{{" + x + "}}"
	}
	if g.p(0.22) {
		fn := g.pick(gtFuncs...)
		g.f("fn")
		return "{{ " + x + " " + fn + " }}"
	}
	if g.p(0.08) {
		g.f("if")
		return "{{- if " + x + " }}" + "yes" + "{{ else }}no{{ end -}}"
	}
	return g.pick("{{"+x+"}}", "{{ "+x+" }}", "{{- "+x+" -}}")
}

func (g *G) text() string {
	switch g.Intn(5) {
	case 0:
		return g.pick("static", "guestbook", "default")
	case 1:
		return "pre-" + g.expr()
	case 2:
		return g.expr() + "-" + g.expr()
	}
	return g.expr()
}

func (g *G) source() M {
	s := M{"repoURL": g.pick("https://github.com/org/apps.git", g.text()), "targetRevision": g.pick("HEAD", "main", g.text())}
	switch g.Intn(7) {
	case 0:
		s["chart"] = "nginx"
		h := M{"releaseName": g.text()}
		if g.p(0.5) {
			h["values"] = "env: " + g.text() + "\nreplicas: 1\n"
		}
		if g.p(0.5) {
			h["valueFiles"] = A{"values.yaml", "values-" + g.text() + ".yaml"}
		}
		if g.p(0.5) {
			h["parameters"] = A{M{"name": "image.tag", "value": g.text()}, M{"name": g.text(), "value": "x", "forceString": true}}
		}
		if g.p(0.5) {
			h["valuesObject"] = M{"env": g.text(), "n": 1000000, "list": A{g.text(), 1, true, nil}, g.text(): M{"deep": g.text()}}
			g.f("valuesObject")
		}
		s["helm"] = h
	case 1:
		s["path"] = g.text()
		s["kustomize"] = M{"namePrefix": g.text(), "images": A{"img=" + g.text()}, "commonLabels": M{"env": g.text()}, "replicas": A{M{"name": "web", "count": g.any(2, "3", "50%")}}}
	case 2:
		s["path"] = g.text()
		s["directory"] = M{"recurse": g.p(0.5), "include": g.text(), "jsonnet": M{"extVars": A{M{"name": "v", "value": g.text()}}}}
	case 3:
		s["path"] = "."
		s["plugin"] = M{"name": "cmp", "env": A{M{"name": "E", "value": g.text()}}, "parameters": A{M{"name": "p", "string": g.text()}, M{"name": "q", "map": M{"k": g.text()}}, M{"name": "r", "array": A{g.text()}}}}
	default:
		s["path"] = g.text()
	}
	return s
}

func (g *G) spec() M {
	sp := M{"project": g.pick("default", "default", "team-a", g.text()), "destination": M{"namespace": g.text()}}
	if g.p(0.7) {
		sp["destination"].(M)["server"] = g.pick("https://kubernetes.default.svc", g.text())
	} else {
		sp["destination"].(M)["name"] = g.text()
	}
	if g.p(0.8) {
		sp["source"] = g.source()
	} else {
		a, b := g.source(), g.source()
		b["ref"] = "values"
		sp["sources"] = A{a, b}
		g.f("sources")
	}
	if g.p(0.35) {
		p := M{}
		if g.p(0.7) {
			p["automated"] = M{"prune": g.p(0.5), "selfHeal": g.p(0.5)}
		}
		if g.p(0.5) {
			p["syncOptions"] = A{"CreateNamespace=true", "X=" + g.text()}
		}
		if g.p(0.2) {
			p["retry"] = M{"limit": 3, "backoff": M{"duration": "5s", "factor": 2, "maxDuration": "3m"}}
		}
		if g.p(0.2) {
			p["managedNamespaceMetadata"] = M{"labels": M{"env": g.text()}}
		}
		sp["syncPolicy"] = p
	}
	if g.p(0.12) {
		sp["info"] = A{M{"name": "env", "value": g.text()}}
	}
	if g.p(0.1) {
		sp["ignoreDifferences"] = A{M{"group": "apps", "kind": "Deployment", "jsonPointers": A{"/spec/replicas"}, "name": g.text()}}
	}
	if g.p(0.08) {
		sp["revisionHistoryLimit"] = 3
	}
	return sp
}

func (g *G) template() M {
	md := M{"name": g.pick(g.text(), g.text()+"-app", "app-"+g.expr())}
	if g.p(0.35) {
		l := M{"env": g.text()}
		if g.p(0.3) {
			l["team/"+g.expr()] = g.text()
			g.f("templated-key")
		}
		md["labels"] = l
	}
	if g.p(0.3) {
		md["annotations"] = M{"note": g.text(), "all": g.expr() + "|" + g.expr() + "|" + g.expr()}
	}
	if g.p(0.1) {
		md["finalizers"] = g.any(A{"custom/" + g.expr()}, A{}, A{"resources-finalizer.argocd.argoproj.io/background"})
		g.f("finalizers")
	}
	if g.p(0.05) {
		md["namespace"] = "elsewhere"
	}
	return M{"metadata": md, "spec": g.spec()}
}

var patches = []string{
	"spec:\n  source:\n    helm:\n      valueFiles:\n        - values-%s.yaml\n",
	"metadata:\n  annotations:\n    patched: '%s'\n  labels: null\n",
	"{{- if eq .env \"prod\" }}\nspec:\n  syncPolicy:\n    automated:\n      prune: true\n{{- end }}\n",
	"spec:\n  syncPolicy: null\n",
	"spec:\n",
	"# only a comment\n",
	"",
	"{\"metadata\":{\"finalizers\":[\"extra/f\"]}}",
	"metadata:\n  finalizers:\n    - extra/one\n    - resources-finalizer.argocd.argoproj.io\n",
	"metadata:\n  finalizers: []\n",
	"spec:\n  project: hacked\n  destination:\n    server: https://x\n",
	"metadata:\n  name: renamed-%s\n  namespace: other\n",
	"spec:\n  sources:\n    - repoURL: https://only\n      path: p\n",
	"spec:\n  source:\n    helm:\n      valuesObject:\n        env: %s\n        fresh:\n          a: 1\n",
	"spec:\n  source:\n    helm:\n      parameters:\n        - name: a\n          value: 1.10\n",
	"spec:\n  source:\n    targetRevision: 1.10\n",
	"spec:\n  unknownField: 1\n",
	"spec:\n  unknownMap:\n    a: b\n",
	"hello world",
	"- a\n- b\n",
	"{\"spec\": {",
	"spec:\n  info:\n    - name: x\n      value: '%s'\n  ignoreDifferences:\n    - kind: Deployment\n      jsonPointers: [/spec]\n",
	"spec:\n  $patch: replace\n  project: p\n  destination: {namespace: n}\n",
	"spec:\n  source:\n    $retainKeys: [repoURL]\n    repoURL: https://kept\n",
	"metadata:\n  annotations:\n    $patch: delete\n",
	"metadata:\n  $deleteFromPrimitiveList/finalizers: [resources-finalizer.argocd.argoproj.io]\n",
	"operation:\n  sync:\n    revision: abc\n",
	"status:\n  reconciledAt: '2024-01-01T00:00:00Z'\n",
	"spec:\n  syncPolicy:\n    syncOptions:\n    {{- range (list \"A=1\" \"B=2\") }}\n      - {{ . }}\n    {{- end }}\n",
	"spec:\n  source:\n    helm:\n      values: |\n        {{- toYaml . | nindent 8 }}\n",
	"spec:\n  revisionHistoryLimit: %s\n",
	"spec:\n  syncPolicy:\n    automated: {prune: yes, selfHeal: off}\n",
	"metadata:\n  ownerReferences:\n    - {apiVersion: v1, kind: X, name: y, uid: z}\n",
}

func (g *G) patch() string {
	g.f("templatePatch")
	p := patches[g.Intn(len(patches))]
	g.f("patch:" + fmt.Sprint(g.Intn(1)) + p[:min(12, len(p))])
	return strings.ReplaceAll(p, "%s", g.expr())
}

func (g *G) generatorTemplate() M {
	g.f("generator-template")
	t := M{}
	if g.p(0.6) {
		t["metadata"] = M{"labels": M{"from": "generator", "env": "gen-" + g.expr()}}
	}
	if g.p(0.3) {
		t["metadata"] = M{"name": "gen-" + g.expr()}
	}
	sp := M{"destination": M{}, "project": ""}
	if g.p(0.4) {
		sp["project"] = "gen-project"
	}
	if g.p(0.4) {
		sp["destination"] = M{"namespace": "gen-ns"}
	}
	if g.p(0.4) {
		sp["source"] = M{"repoURL": "https://gen", "path": g.text()}
	}
	if g.p(0.3) {
		sp["syncPolicy"] = M{"automated": M{"prune": false, "enabled": g.p(0.5)}, "syncOptions": A{}}
		g.f("falsy-override")
	}
	if g.p(0.2) {
		sp["sources"] = A{M{"repoURL": "https://gen2", "path": "x"}}
	}
	t["spec"] = sp
	return t
}

func (g *G) appset(gens A) M {
	spec := M{"generators": gens}
	if g.gt {
		spec["goTemplate"] = true
		switch g.Intn(8) {
		case 0, 1, 2:
			spec["goTemplateOptions"] = A{"missingkey=error"}
			g.f("missingkey=error")
		case 3:
			o := g.pick("missingkey=zero", "missingkey=default", "missingkey=invalid")
			spec["goTemplateOptions"] = A{o}
			g.f(o)
		case 4:
			if g.p(0.3) {
				spec["goTemplateOptions"] = A{g.pick("missingkey=eroor", "nonsense", "missingkey")}
				g.f("bad-option")
			}
		}
	}
	spec["template"] = g.template()
	if g.p(0.2) {
		spec["syncPolicy"] = g.any(M{"preserveResourcesOnDeletion": true}, M{"preserveResourcesOnDeletion": false}, M{"applicationsSync": "create-only"})
		g.f("syncPolicy")
	}
	return M{"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": M{"name": "as", "namespace": "argocd"}, "spec": spec}
}
