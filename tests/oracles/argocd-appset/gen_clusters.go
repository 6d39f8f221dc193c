package main

// Drawn inventories of clusters, repositories and providers, and the generators that ask them.

import (
	"fmt"
)

func (g *G) ensureClusters() {
	if _, ok := g.inv["clusters"]; ok {
		return
	}
	n := 1 + g.Intn(4)
	if g.p(0.05) {
		n = 0
	}
	for i := 0; i < n; i++ {
		c := M{"name": g.pick("prod", "Dev_Cluster", "edge.eu", "staging-1", "ü-cluster", "a-very-long-cluster-name") + fmt.Sprintf("-%d", i), "server": fmt.Sprintf("https://k8s-%d.example.com", i)}
		if g.p(0.8) {
			l := M{"env": envs[g.Intn(4)]}
			if g.p(0.5) {
				l["region"] = regions[g.Intn(3)]
			}
			if g.p(0.3) {
				l["team.example.com/owner"] = g.pick("payments", "search")
			}
			c["labels"] = l
		}
		if g.p(0.4) {
			an := M{"owner": teams[g.Intn(len(teams))]}
			if g.p(0.3) {
				an["argocd.argoproj.io/refresh"] = "normal"
				an["kubectl.kubernetes.io/last-applied-configuration"] = "{}"
				g.f("excluded-annotation")
			}
			c["annotations"] = an
		}
		if g.p(0.3) {
			c["project"] = g.pick("", "team-a", "default")
		}
		if g.p(0.08) {
			c["server"] = "https://kubernetes.default.svc"
			if g.p(0.5) {
				c["name"] = "in-cluster"
			}
			g.f("in-cluster-secret")
		}
		if g.p(0.06) && i > 0 {
			c["name"] = "twin"
		}
		g.add("clusters", c)
	}
	if n == 0 {
		g.inv["clusters"] = A{}
	}
}

func (g *G) values(gt, ft []string) M {
	g.f("values")
	v := M{}
	ex := func() string {
		if g.gt {
			return "{{" + g.pick(gt...) + "}}"
		}
		return "{{" + g.pick(ft...) + "}}"
	}
	v["v1"] = g.pick("static", ex(), "pre-"+ex(), ex()+ex(), "")
	if g.p(0.12) {
		v["v2"] = g.pick(ex(), "{{values.v1}}", "{{.values.v1}}", "{{ .nope }}", "{{nope}}", "{{ .broken", "{{ fail \"x\" }}")
		g.f("values-odd")
	}
	return v
}

var treesPool = []func(g *G) M{
	func(g *G) M {
		return M{"apps/api/config.json": `{"env":"prod","num":1000000,"cluster":{"name":"c1","address":"https://1.2.3.4"},"list":["a","b"]}`,
			"apps/web/config.json": `{"env":"dev","num":3,"cluster":{"name":"c2","address":"https://5.6.7.8"},"list":[]}`, "apps/README.md": "x"}
	},
	func(g *G) M {
		return M{"config.yaml": "env: qa\nname: root\n", "envs/dev/config.yaml": "env: dev\nname: d\non: yes\nport: 0755\nbig: 123456789012\n", "envs/prod/config.yaml": "env: prod\nname: p\nversion: 1.10\ndate: 2024-01-02\n", "envs/prod/eu/config.yaml": "- env: eu1\n  name: one\n- env: eu2\n  name: two\n"}
	},
	func(g *G) M {
		return M{"a/My_App/v.yaml": "env: dev\n", "a/UPPER.Case/v.yaml": "env: qa\n", "a/-dash-/v.yaml": "env: prod\n", "a/ünï/v.yaml": "env: dev\n", "a/.hidden/v.yaml": "env: hid\n", "a/with space/v.yaml": "env: sp\n", "a/x.y.z/v.yaml": "env: dots\n"}
	},
	func(g *G) M {
		return M{"e/empty.yaml": "", "e/comment.yaml": "# nothing\n", "e/multi.yaml": "env: one\n---\nenv: two\n", "e/null.yaml": "null\n", "e/list.json": `[{"env":"l1"},{"env":"l2"}]`, "e/emptylist.yaml": "[]\n"}
	},
	func(g *G) M {
		return M{"b/good.yaml": "env: ok\n", "b/scalar.yaml": "hello\n", "b/broken.yaml": "a: [b\n", "b/listscalar.yaml": "- a\n- b\n"}
	},
	func(g *G) M {
		return M{"m/one.yaml": "env: dev\npath: mine\nvalues:\n  k: v\nname: n1\n", "m/two.yaml": "env: prod\npath:\n  path: nested\nkey with space: 1\n\"true\": yes\n1: one\nname: n2\n", "m/anchor.yaml": "base: &b {x: 1, y: two}\nuse:\n  <<: *b\n  y: three\nenv: anc\nname: n3\n"}
	},
}

var fitDirs = [][]string{
	{"apps/*", "*", "apps/a*", "*/web", "apps/[aw]*"}, {"envs/*", "envs/*/*", "*", "envs/p*"}, {"a/*", "a/[A-Z]*", "a/*.*", "a/-*", "a/ü*", "a/with space"}, {"*", "e"}, {"b", "*"}, {"m", "?"},
}

var fitFiles = [][]string{
	{"**/config.json", "apps/*/config.json", "apps/api/config.json", "apps/*", "*.json"},
	{"**/config.yaml", "envs/**/config.yaml", "envs/*/config.yaml", "*.yaml", "config.yaml", "envs", "envs/prod/**"},
	{"a/*/v.yaml", "a/**/v.yaml", "**/v.yaml", "a/M*/v.yaml", "*.yaml", "a/with space/*"},
	{"e/*.yaml", "e/list.json", "e/multi.yaml", "e/*", "e/empty.yaml"},
	{"b/good.yaml", "b/good.yaml", "b/*"},
	{"m/*.yaml", "m/one.yaml", "m/two.yaml", "m/anchor.yaml"},
}

func (g *G) tree() (string, string) {
	url := g.pick("https://github.com/org/apps.git", "https://git.example.com/infra", "git@github.com:org/config.git")
	rev := g.pick("HEAD", "main", "v1.0", "")
	return url, rev
}

func (g *G) genGit(kind string) M {
	g.f(kind)
	url, rev := g.tree()
	idx := g.Intn(len(treesPool))
	if idx == 4 && g.p(0.7) {
		idx = 0
	}
	files := treesPool[idx](g)
	git := M{"repoURL": url, "revision": rev}
	key := "git"
	if kind == "oci" {
		key = "oci"
		git["repoURL"] = "oci://registry.example.com/config"
	}
	tr := M{"repoURL": git["repoURL"], "files": files}
	if g.p(0.3) {
		tr["revision"] = rev
	}
	if g.p(0.03) {
		tr = M{"repoURL": git["repoURL"], "error": "authentication required"}
		g.f("git-error")
	}
	if g.p(0.45) {
		g.f("git-dirs")
		var d A
		pats := []string{"*", "apps/*", "a/*", "envs/*", "envs/prod/*", "envs/*/*", "**", "apps/a?i", "a/[xM]*", "e", "apps/*/", "/apps/*", "a/.*", "[", "a/with*", "m*", "."}
		for i := 0; i <= g.Intn(3); i++ {
			it := M{"path": pats[g.Intn(len(pats))]}
			if i == 0 && g.p(0.8) {
				it["path"] = g.pick(fitDirs[idx]...)
			}
			if i > 0 && g.p(0.5) {
				it["exclude"] = true
				g.f("exclude")
			}
			d = append(d, it)
		}
		git["directories"] = d
		if g.p(0.04) {
			git["files"] = A{M{"path": "**/*.yaml"}}
			g.f("git-both")
		}
	} else {
		g.f("git-files")
		var d A
		pats := []string{"**/config.json", "**/config.yaml", "*.yaml", "**/*.yaml", "envs/**/config.yaml", "apps/*/config.json", "a/**/v.yaml", "e/*.yaml", "e/*", "m/*.yaml", "b/good.yaml", "b/*", "config.yaml", "apps", "{apps,envs}/**/config.*", "nomatch/*", "a/*/v.yaml", "./config.yaml", ":!a"}
		if key == "oci" {
			pats = pats[:len(pats)-2]
		}
		for i := 0; i <= g.Intn(2); i++ {
			it := M{"path": pats[g.Intn(len(pats))]}
			if i == 0 && g.p(0.85) {
				it["path"] = g.pick(fitFiles[idx]...)
			}
			if i > 0 && g.p(0.5) {
				it["exclude"] = true
				g.f("exclude")
			}
			d = append(d, it)
		}
		git["files"] = d
		g.known(".env", "env", "dev", "prod", "qa")
		if idx == 0 {
			g.known(".num", "num")
			g.known(".cluster.name", "cluster.name", "c1", "c2")
			g.known(".list", "list.0")
		}
		if idx == 1 || idx == 5 {
			g.known(".name", "name")
		}
		g.known(".path.filename", "path.filename")
		g.known(".path.filenameNormalized", "path.filenameNormalized")
	}
	if g.p(0.02) {
		delete(git, "directories")
		delete(git, "files")
		g.f("git-neither")
	}
	pre, fpre := ".path", "path"
	if g.p(0.12) || g.alt && g.p(0.5) {
		pp := g.pick("src", "myRepo")
		git["pathParamPrefix"] = pp
		pre, fpre = "."+pp+".path", pp+".path"
		g.f("pathParamPrefix")
	}
	g.known(pre+".path", fpre)
	g.known(pre+".basename", fpre+".basename", "api", "dev", "prod")
	g.known(pre+".basenameNormalized", fpre+".basenameNormalized")
	g.known("index "+pre+".segments 0", fpre+"[0]")
	if g.p(0.3) {
		g.known("index "+pre+".segments 1", fpre+"[1]")
	}
	g.known(pre+".segments", fpre+"[9]")
	if g.p(0.3) {
		git["values"] = g.values([]string{pre + ".basename", pre + ".path", pre + ".basenameNormalized"}, []string{fpre + ".basename", fpre, "env"})
		g.known(".values.v1", "values.v1")
	}
	if key == "git" && g.p(0.15) {
		s, _ := g.inv["settings"].(M)
		if s == nil {
			s = M{}
		}
		if g.p(0.5) {
			s["newGitFileGlobbing"] = true
			g.f("newGlob")
		} else {
			s["includeHiddenDirectories"] = true
			g.f("hiddenDirs")
		}
		g.inv["settings"] = s
	}
	dup := false
	if l, ok := g.inv[key].(A); ok {
		for _, x := range l {
			if x.(M)["repoURL"] == git["repoURL"] {
				dup = true
				// same repository: give this one its own URL
				u := git["repoURL"].(string) + "-2"
				git["repoURL"] = u
				tr["repoURL"] = u
				dup = false
			}
		}
	}
	if !dup {
		g.add(key, tr)
	}
	return M{kind: git}
}

func (g *G) genSCM() M {
	g.f("scm")
	prov := g.pick("github", "gitlab", "gitea", "bitbucketServer", "azureDevOps", "bitbucket", "awsCodeCommit")
	org := "acme"
	all := g.p(0.5)
	cfg := M{"github": M{"organization": org}, "gitlab": M{"group": org}, "gitea": M{"owner": org, "api": "https://gitea.example.com"},
		"bitbucketServer": M{"project": org, "api": "https://bb.example.com"}, "azureDevOps": M{"organization": org, "teamProject": "tp", "accessTokenRef": M{"secretName": "s", "key": "k"}},
		"bitbucket": M{"owner": org, "user": "u", "appPasswordRef": M{"secretName": "s", "key": "k"}}, "awsCodeCommit": M{"region": org}}[prov].(M)
	if all {
		cfg["allBranches"] = true
		g.f("allBranches")
	}
	s := M{prov: cfg}
	if g.p(0.03) {
		s = M{}
		g.f("scm-none")
	}
	if g.p(0.3) {
		s["cloneProtocol"] = g.pick("ssh", "https", "", "ftp")
		g.f("cloneProtocol")
	}
	if g.p(0.6) {
		g.f("scm-filters")
		var fs A
		for i := 0; i <= g.Intn(2); i++ {
			f := M{}
			if g.p(0.4) {
				f["repositoryMatch"] = g.pick("^api", "web$", ".*", "(?i)API", "[", "a{2")
			}
			if g.p(0.3) {
				f["labelMatch"] = g.pick("deploy", "^team-", "x")
			}
			if g.p(0.3) {
				f["branchMatch"] = g.pick("^main$", "release/.*", "^$")
			}
			if g.p(0.3) {
				f["pathsExist"] = A{g.pick("k8s", "k8s/", "chart/Chart.yaml", "nope")}
			}
			if g.p(0.15) {
				f["pathsDoNotExist"] = A{g.pick("disabled.txt", "k8s", "nope/")}
			}
			fs = append(fs, f)
		}
		s["filters"] = fs
	}
	if g.p(0.3) {
		s["values"] = g.values([]string{".repository", ".branch"}, []string{"repository", "branch"})
		g.known(".values.v1", "values.v1")
	}
	g.add("scm", M{"provider": prov, "organization": org, "repositories": A{
		M{"repository": "api-gateway", "repositoryId": 190320251, "urls": M{"ssh": "git@scm:acme/api-gateway.git", "https": "https://scm/acme/api-gateway.git"}, "branch": "main", "sha": "a1b2c3d4e5f60718293a4b5c6d7e8f9011121314", "labels": A{"deploy", "team-a"}, "paths": A{"k8s/app.yaml", "chart/Chart.yaml"},
			"branches": A{M{"name": "main", "sha": "a1b2c3d4e5f60718293a4b5c6d7e8f9011121314"}, M{"name": "release/1.2", "sha": "deadbeef", "paths": A{"disabled.txt"}}, M{"name": "Feature/ÄB_c", "sha": "abc"}}},
		M{"repository": "web", "repositoryId": "uuid-1", "urls": M{"ssh": "git@scm:acme/web.git", "https": "https://scm/acme/web.git"}, "branch": "master", "sha": "0123456789", "labels": A{}, "paths": A{"k8s/x/y.yaml"}},
		M{"repository": "infra", "urls": M{"ssh": "git@scm:acme/infra.git", "https": "https://scm/acme/infra.git"}, "branch": "trunk", "sha": "", "labels": A{"team-b"}},
	}})
	for _, k := range []string{"organization", "repository", "repository_id", "url", "branch", "sha", "short_sha", "short_sha_7", "labels", "branchNormalized"} {
		g.known("."+k, k)
	}
	g.selk = append(g.selk, [2]string{"repository", g.pick("web", "infra")}, [2]string{"branch", "main"})
	return M{"scmProvider": s}
}

func (g *G) genPR() M {
	g.f("pullRequest")
	prov := g.pick("github", "gitlab", "gitea", "bitbucketServer", "bitbucket", "azuredevops")
	cfg := M{"github": M{"owner": "acme", "repo": "shop"}, "gitlab": M{"project": "42"}, "gitea": M{"owner": "acme", "repo": "shop", "api": "https://gitea"},
		"bitbucketServer": M{"project": "acme", "repo": "shop", "api": "https://bb"}, "bitbucket": M{"owner": "acme", "repo": "shop"}, "azuredevops": M{"organization": "acme", "project": "p", "repo": "shop"}}[prov].(M)
	key := M{"github": "acme/shop", "gitlab": "42", "gitea": "acme/shop", "bitbucketServer": "acme/shop", "bitbucket": "acme/shop", "azuredevops": "acme/p/shop"}[prov].(string)
	if g.p(0.3) && (prov == "github" || prov == "gitea" || prov == "gitlab" || prov == "azuredevops") {
		cfg["labels"] = A{g.pick("preview", "nope")}
		g.f("pr-labels")
	}
	s := M{prov: cfg}
	if g.p(0.03) {
		s = M{}
		g.f("pr-none")
	}
	if g.p(0.5) {
		g.f("pr-filters")
		var fs A
		for i := 0; i <= g.Intn(2); i++ {
			f := M{}
			if g.p(0.5) {
				f["branchMatch"] = g.pick("^feat/", ".*", "(", "fix")
			}
			if g.p(0.3) {
				f["targetBranchMatch"] = g.pick("^main$", "release")
			}
			if g.p(0.3) {
				f["titleMatch"] = g.pick("(?i)add", "^WIP")
			}
			fs = append(fs, f)
		}
		s["filters"] = fs
	}
	if g.p(0.3) {
		s["values"] = g.values([]string{".number", ".branch_slug"}, []string{"number", "branch_slug"})
		g.known(".values.v1", "values.v1")
	}
	e := M{"provider": prov, "repo": key, "pulls": A{
		M{"number": 101, "title": "Add thing", "branch": "feat/Add_Thing", "targetBranch": "main", "headSHA": "089d92cbf9ff857a39e6feccd32798ca700fb958", "labels": A{"preview", "team a"}, "author": "ann"},
		M{"number": 7, "title": "WIP: überprüfen", "branch": "fix/ÜBER-a-really-long-branch-name-that-goes-on-and-on-and-on-past-fifty-characters", "targetBranch": "release/2.0", "headSHA": "abc", "author": "bob[bot]"},
		M{"number": 2147483648, "title": "", "branch": "___", "targetBranch": "main", "headSHA": "1234567", "labels": A{}},
	}}
	if g.p(0.06) {
		e = M{"provider": prov, "repo": key, "notFound": true}
		g.f("pr-notfound")
		if g.p(0.5) {
			s["continueOnRepoNotFoundError"] = true
			g.f("continueOnNotFound")
		}
	} else if g.p(0.03) {
		e = M{"provider": prov, "repo": key, "error": "rate limited"}
		g.f("pr-error")
	}
	g.add("pullRequests", e)
	for _, k := range []string{"number", "title", "branch", "branch_slug", "target_branch", "target_branch_slug", "head_sha", "head_short_sha", "head_short_sha_7", "author"} {
		g.known("."+k, k)
	}
	g.gtx = append(g.gtx, ".labels", `join "," .labels`, `index .labels 0`)
	g.selk = append(g.selk, [2]string{"number", "101"}, [2]string{"target_branch", "main"})
	return M{"pullRequest": s}
}

func (g *G) genPlugin() M {
	g.f("plugin")
	in := M{"k1": g.scalar(), "nested": M{"a": 1}}
	s := M{"configMapRef": M{"name": "my-plugin"}, "input": M{"parameters": in}}
	e := M{"configMap": "my-plugin", "output": A{
		M{"name": "from-plugin", "env": "prod", "num": 1000000, "deep": M{"x": A{1, "two", M{"z": true}}}},
		M{"name": "second", "env": "dev", "empty": M{}, "nul": nil}}}
	if g.p(0.05) {
		e = M{"configMap": "my-plugin", "error": "boom"}
		g.f("plugin-error")
	} else if g.p(0.1) {
		e["output"] = A{}
	}
	if g.p(0.05) {
		s["configMapRef"] = M{"name": "absent"}
		g.f("plugin-nocm")
	}
	if g.p(0.3) {
		s["values"] = g.values([]string{".name", ".env"}, []string{"name", "env"})
		g.known(".values.v1", "values.v1")
	}
	g.add("plugins", e)
	g.known(".name", "name")
	g.known(".env", "env", "prod", "dev")
	g.known(".num", "num")
	g.known(".deep.x", "deep.x.1")
	g.gtx = append(g.gtx, ".generator", `.generator.input.parameters.k1`, `index .deep.x 2`)
	return M{"plugin": s}
}

func (g *G) genDuck() M {
	g.f("clusterDecisionResource")
	g.ensureClusters()
	var names A
	if l, ok := g.inv["clusters"].(A); ok {
		for _, c := range l {
			names = append(names, M{"clusterName": c.(M)["name"], "reason": g.scalar(), "weight": g.Intn(9)})
		}
	}
	names = append(names, M{"clusterName": "in-cluster"}, M{"clusterName": "unknown"}, M{"other": "x"})
	cm := M{"name": "duck", "data": M{"apiVersion": "cluster.open-cluster-management.io/v1beta1", "kind": "placementdecisions", "statusListKey": "decisions", "matchKey": "clusterName"}}
	d := cm["data"].(M)
	if g.p(0.15) {
		switch g.Intn(5) {
		case 0:
			delete(d, "matchKey")
		case 1:
			d["apiVersion"] = "v1"
		case 2:
			delete(d, "kind")
		case 3:
			delete(d, "statusListKey")
		case 4:
			d["matchKey"] = "nokey"
		}
		g.f("duck-odd")
	}
	s := M{"configMapRef": "duck"}
	if g.p(0.05) {
		s["configMapRef"] = "absent"
		g.f("duck-nocm")
	}
	if g.p(0.5) {
		s["name"] = g.pick("p1", "p1", "p1", "absent")
	} else {
		s["labelSelector"] = g.any(M{"matchLabels": M{"tier": "gold"}}, M{"matchLabels": M{"tier": "none"}}, M{"matchExpressions": A{M{"key": "tier", "operator": "Exists"}}})
	}
	if g.p(0.06) {
		s["name"] = "p1"
		s["labelSelector"] = M{"matchLabels": M{"tier": "gold"}}
	}
	if g.p(0.05) {
		delete(s, "name")
		delete(s, "labelSelector")
	}
	if g.p(0.4) {
		s["values"] = M{"v1": g.pick("static", "{{.name}}", "{{name}}")}
		g.known(".values.v1", "values.v1")
	}
	st := M{"decisions": names}
	if d["statusListKey"] == nil {
		st["clusters"] = names
	}
	g.add("configMaps", cm)
	g.add("decisionResources", M{"apiVersion": "cluster.open-cluster-management.io/v1beta1", "kind": "PlacementDecision", "metadata": M{"name": "p1", "labels": M{"tier": "gold"}}, "status": st})
	g.add("decisionResources", M{"apiVersion": "cluster.open-cluster-management.io/v1beta1", "kind": "PlacementDecision", "metadata": M{"name": "p2", "labels": M{"tier": "silver"}}, "status": M{}})
	g.known(".name", "name")
	g.known(".server", "server")
	g.known(".clusterName", "clusterName", "in-cluster")
	g.known(".reason", "reason")
	g.known(".weight", "weight", "3")
	return M{"clusterDecisionResource": s}
}
