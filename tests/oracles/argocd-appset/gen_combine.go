package main

// Drawn matrix and merge generators.

import (
	"fmt"
)

func (g *G) terminal() M {
	switch x := g.Intn(20); {
	case x < 6:
		return g.genList()
	case x < 10:
		return g.genClusters()
	case x < 15:
		return g.genGit("git")
	case x < 16:
		return g.genSCM()
	case x < 17:
		return g.genPR()
	case x < 18:
		return g.genPlugin()
	case x < 19:
		return g.genDuck()
	}
	return g.genGit("oci")
}

func (g *G) child(depth int) M {
	var c M
	if depth > 0 && g.p(0.25) {
		if g.p(0.5) {
			c = g.genMatrix(depth - 1)
		} else {
			c = g.genMerge(depth - 1)
		}
	} else {
		c = g.terminal()
	}
	if g.p(0.12) {
		c["selector"] = g.postSelector()
		g.f("child-selector")
	}
	return c
}

// interp puts an outer parameter somewhere in the second child.
func (g *G) interp(c M, gt, ft []string) {
	if len(gt) == 0 || len(ft) == 0 {
		return
	}
	ex := "{{" + g.pick(ft...) + "}}"
	if g.gt {
		ex = "{{" + g.pick(gt...) + "}}"
		if g.p(0.05) {
			ex = "{{.undefined}}"
		}
	}
	g.f("matrix-interp")
	switch {
	case c["list"] != nil:
		l := c["list"].(M)
		if g.p(0.5) {
			l["elements"] = append(l["elements"].(A), M{"name": "it-" + ex, "env": ex, "url": "https://" + ex})
		} else {
			l["elementsYaml"] = "- name: ey\n  env: \"" + ex + "\"\n"
		}
	case c["clusters"] != nil:
		cl := c["clusters"].(M)
		if g.p(0.6) {
			cl["selector"] = M{"matchLabels": M{"env": ex}}
		} else {
			cl["values"] = M{"v1": ex, "v2": "{{.name}}-{{name}}"}
			g.known(".values.v1", "values.v1")
		}
	case c["git"] != nil:
		gi := c["git"].(M)
		if d, ok := gi["directories"].(A); ok {
			gi["directories"] = append(d, M{"path": g.pick("apps/", "envs/", "a/") + ex})
		} else if d, ok := gi["files"].(A); ok {
			gi["files"] = append(d, M{"path": g.pick("apps/", "envs/", "a/") + ex + "/config.*"})
		}
	case c["plugin"] != nil:
		c["plugin"].(M)["input"] = M{"parameters": M{"k1": ex, "l": A{ex}}}
	case c["pullRequest"] != nil:
		c["pullRequest"].(M)["values"] = M{"v1": ex}
	case c["clusterDecisionResource"] != nil:
		c["clusterDecisionResource"].(M)["values"] = M{"v1": ex, "v2": "{{.name}}"}
		g.known(".values.v1", "values.v1")
	}
}

func (g *G) genMatrix(depth int) M {
	g.f("matrix")
	if depth < 1 {
		g.f("nested")
	}
	a := g.child(depth)
	gt, ft := append([]string(nil), g.gtx...), append([]string(nil), g.ftx...)
	was := g.alt
	if g.p(0.85) {
		g.alt = true
	}
	b := g.child(depth)
	for try := 0; try < 3 && g.p(0.9) && b["list"] == nil && clash(a, b); try++ {
		b = g.child(depth)
	}
	g.alt = was
	if g.p(0.45) {
		g.interp(b, gt, ft)
	}
	kids := A{a, b}
	if g.p(0.03) {
		kids = append(kids, g.genList())
		g.f("matrix-3")
	} else if g.p(0.02) {
		kids = kids[:1]
		g.f("matrix-1")
	}
	return M{"matrix": M{"generators": kids}}
}

func clash(a, b M) bool {
	kind := func(m M) string {
		for k := range m {
			switch k {
			case "clusters", "clusterDecisionResource", "plugin":
				return "named"
			case "git", "oci":
				return "path"
			case "scmProvider", "pullRequest":
				return "branch"
			case "list":
				return "named"
			}
		}
		return ""
	}
	return kind(a) == kind(b)
}

// goodMerge: a base with unique keys and overrides that hit some of them.
func (g *G) goodMerge(depth int) M {
	g.f("good-merge")
	key := "name"
	var base M
	names := []string{}
	if g.p(0.4) {
		base = g.genClusters()
		delete(base["clusters"].(M), "flatList")
		for _, c := range g.inv["clusters"].(A) {
			names = append(names, c.(M)["name"].(string))
		}
		names = append(names, "in-cluster")
		if g.p(0.3) {
			key = "server"
			names = nil
			for _, c := range g.inv["clusters"].(A) {
				names = append(names, c.(M)["server"].(string))
			}
		}
	} else {
		base = g.genList()
		for _, e := range base["list"].(M)["elements"].(A) {
			if n, ok := e.(M)["name"].(string); ok {
				names = append(names, n)
			}
		}
	}
	if g.p(0.1) && depth > 0 {
		base = M{"matrix": M{"generators": A{base, M{"list": M{"elements": A{M{"zone": "z1"}}}}}}}
		g.known(".zone", "zone", "z1")
	}
	kids := A{base}
	for i := 0; i < 1+g.Intn(2); i++ {
		el := A{}
		for j, n := range names {
			if g.p(0.6) {
				e := M{key: n, "over": fmt.Sprintf("o%d%d", i, j)}
				if g.p(0.4) {
					e["env"] = g.pick("override", "")
				}
				if g.gt && g.p(0.4) {
					e["cfg"] = M{"tier": g.pick("bronze", ""), "extra": M{"y": g.scalar()}}
				}
				if g.gt && g.p(0.2) {
					e["num"] = g.any(0, 5, nil, "s")
				}
				if g.p(0.2) {
					e["values"] = M{"color": "green"}
				}
				el = append(el, e)
			}
		}
		if g.p(0.2) {
			el = append(el, M{key: "not-in-base", "over": "x"})
		}
		kids = append(kids, M{"list": M{"elements": el}})
	}
	if g.gt {
		g.gtx = append(g.gtx, ".over", ".cfg")
	} else {
		g.ftx = append(g.ftx, "over")
	}
	if g.p(0.1) {
		kids[len(kids)-1].(M)["selector"] = M{"matchExpressions": A{M{"key": "over", "operator": "Exists"}}}
	}
	keys := A{key}
	if g.p(0.1) {
		keys = A{key, "nokey"}
	}
	return M{"merge": M{"generators": kids, "mergeKeys": keys}}
}

func (g *G) genMerge(depth int) M {
	if g.p(0.72) {
		g.f("merge")
		return g.goodMerge(depth)
	}
	g.f("merge")
	if depth < 1 {
		g.f("nested")
	}
	n := 2
	if g.p(0.25) {
		n = 3
	}
	if g.p(0.03) {
		n = 1
		g.f("merge-1")
	}
	var kids A
	for i := 0; i < n; i++ {
		kids = append(kids, g.child(depth))
	}
	keys := g.any(A{"name"}, A{"name"}, A{"name"}, A{"env"}, A{"name", "env"}, A{"server"}, A{"values.color"}, A{"path.basename"}, A{"nokey"}, A{"env", "env"}, A{"cfg"}, A{"metadata"})
	m := M{"generators": kids, "mergeKeys": keys}
	if g.p(0.03) {
		m["mergeKeys"] = A{}
		g.f("merge-nokeys")
	}
	return M{"merge": m}
}
