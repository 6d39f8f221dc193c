package main

// Drawn Ingresses and the objects of the routers besides Istio.

import (
	"math/rand"
)

func someIngress(r *rand.Rand, name string, services []string) m {
	rules := l{}
	for k := intn(r, 1, 3); k > 0; k-- {
		paths := l{}
		for j := intn(r, 1, 3); j > 0; j-- {
			p := m{"pathType": "Prefix", "backend": m{"service": m{"name": services[r.Intn(len(services))], "port": pick(r, m{"number": 80}, m{"name": "http"}, m{"name": "use-annotation"})}}}
			if chance(r, 0.8) {
				p["path"] = pick(r, "/", "/api", "/v1")
			}
			paths = append(paths, p)
		}
		x := m{"http": m{"paths": paths}}
		if chance(r, 0.8) {
			x["host"] = pick(r, "a.example.org", "b.example.org")
		}
		rules = append(rules, x)
	}
	spec := m{"rules": rules}
	if chance(r, 0.3) {
		spec["tls"] = l{m{"hosts": l{"a.example.org"}, "secretName": "tls"}}
	}
	if chance(r, 0.4) {
		spec["ingressClassName"] = "nginx"
	}
	if chance(r, 0.1) {
		spec["defaultBackend"] = m{"service": m{"name": "default", "port": m{"number": 80}}}
	}
	md := m{"name": name, "namespace": "shop"}
	ann := m{}
	if chance(r, 0.4) {
		ann["kubernetes.io/ingress.class"] = "nginx"
	}
	if chance(r, 0.4) {
		ann["nginx.ingress.kubernetes.io/rewrite-target"] = "/"
	}
	if len(ann) > 0 {
		md["annotations"] = ann
	}
	if chance(r, 0.2) {
		md["labels"] = m{"team": "a"}
	}
	return m{"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": md, "spec": spec}
}

func genNginx(r *rand.Rand, i int) (any, string) {
	ng := m{}
	names := []string{"web-ing"}
	if chance(r, 0.25) {
		names = []string{"web-ing", "web-ing2"}
		ng["stableIngresses"] = l{"web-ing", "web-ing2"}
	} else {
		if chance(r, 0.05) {
			b := make([]byte, pick(r, 240, 245, 250, 253))
			for k := range b {
				b[k] = 'a'
			}
			names[0] = string(b)
		}
		ng["stableIngress"] = names[0]
	}
	if chance(r, 0.3) {
		ng["annotationPrefix"] = pick(r, "custom.example.org", "nginx.ingress.kubernetes.io", "")
	}
	if chance(r, 0.4) {
		ng["additionalIngressAnnotations"] = pick(r, m{"canary-by-header": "X-Canary"}, m{"nginx.ingress.kubernetes.io/canary-by-cookie": "c", "canary-weight": "99"}, m{"custom.example.org/x": "1"})
	}
	if chance(r, 0.2) {
		ng["canaryIngressAnnotations"] = m{"my-annotation": "v", "nginx.ingress.kubernetes.io/canary": "false"}
	}
	tr := m{"nginx": ng}
	if chance(r, 0.25) {
		tr["maxTrafficWeight"] = pick(r, 1000, 10)
	}
	objects := l{}
	services := pick(r, []string{"web-stable"}, []string{"web-stable", "web-stable", "other"}, []string{"web-stable", "web-stable", "other"}, []string{"web-stable", "other"})
	if chance(r, 0.05) {
		services = []string{"other"}
	}
	for _, n := range names {
		if chance(r, 0.97) {
			objects = append(objects, someIngress(r, n, services))
		}
		if chance(r, 0.45) {
			c := someIngress(r, "web-"+n+"-canary", []string{"web-canary"})
			if len(n) < 200 {
				c["metadata"].(m)["ownerReferences"] = owner(pick(r, "uid-web", "uid-web", "uid-web", "uid-web", "uid-other"))
				if chance(r, 0.6) {
					c["metadata"].(m)["annotations"] = m{"nginx.ingress.kubernetes.io/canary": "true", "nginx.ingress.kubernetes.io/canary-weight": "5", "extra": "kept"}
				}
				objects = append(objects, c)
			}
		}
	}
	actions := l{weightAction(r, nil)}
	if chance(r, 0.2) {
		actions = append(actions, weightAction(r, nil))
	}
	return m{"rollout": trafficRollout(m{"stableService": "web-stable", "canaryService": "web-canary"}, tr), "objects": objects, "actions": actions}, ""
}

func genALB(r *rand.Rand, i int) (any, string) {
	a := m{"servicePort": pick(r, 80, 443, 8080)}
	names := []string{"web-ing"}
	if chance(r, 0.25) {
		names = []string{"web-ing", "web-ing2"}
		a["ingresses"] = l{"web-ing", "web-ing2"}
	} else {
		a["ingress"] = "web-ing"
	}
	root := "web-stable"
	if chance(r, 0.35) {
		root = "web-root"
		a["rootService"] = root
	}
	if chance(r, 0.2) {
		a["annotationPrefix"] = "custom.example.org"
	}
	if chance(r, 0.3) {
		a["stickinessConfig"] = m{"enabled": chance(r, 0.8), "durationSeconds": pick(r, 1, 3600, 3600, 60, 7200, 0, 604800, 604801)}
	}
	canary := m{"stableService": "web-stable", "canaryService": "web-canary"}
	status := m{}
	if chance(r, 0.2) {
		canary["pingPong"] = m{"pingService": "web-ping", "pongService": "web-pong"}
		status["canary"] = m{"stablePingPong": pick(r, "ping", "pong", "")}
	}
	tr := m{"alb": a}
	if chance(r, 0.5) {
		tr["managedRoutes"] = managedList(r)
	}
	objects := l{}
	prefix := "alb.ingress.kubernetes.io"
	if p, ok := a["annotationPrefix"].(string); ok {
		prefix = p
	}
	for _, n := range names {
		services := pick(r, []string{root}, []string{root, root, "other"}, []string{root, root, "by-header"}, []string{root, root, "by-header", "second-header"}, []string{root, "other"})
		ing := someIngress(r, n, services)
		if ing["metadata"].(m)["annotations"] == nil && chance(r, 0.95) {
			ing["metadata"].(m)["annotations"] = m{"alb.ingress.kubernetes.io/scheme": "internal"}
		}
		if chance(r, 0.4) {
			md := ing["metadata"].(m)
			ann, _ := md["annotations"].(m)
			if ann == nil {
				ann = m{}
			}
			ann[prefix+"/actions."+root] = `{"Type":"forward","ForwardConfig":{"TargetGroups":[{"ServiceName":"web-canary","ServicePort":"80","Weight":10},{"ServiceName":"web-stable","ServicePort":"80","Weight":90}]}}`
			ann["rollouts.argoproj.io/managed-alb-annotations"] = pick(r, `{"web":["`+prefix+`/actions.`+root+`"]}`, `{"other":["x"]}`, `{"web":["one"]}`, `{"web":["a","b"],"other":["x"]}`, `{"web":["a","`+prefix+`/actions.by-header","`+prefix+`/conditions.by-header"]}`, `not json`, ``)
			if chance(r, 0.3) {
				ann[prefix+"/actions.by-header"] = "{}"
				ann[prefix+"/conditions.by-header"] = "[]"
			}
			md["annotations"] = ann
		}
		if chance(r, 0.98) {
			objects = append(objects, ing)
		}
	}
	var actions l
	switch r.Intn(6) {
	case 0, 1, 2:
		actions = l{weightAction(r, someDests(r, 2))}
	case 3:
		actions = l{headerAction(r)}
	case 4:
		actions = l{headerAction(r), weightAction(r, nil), m{"removeManagedRoutes": m{}}}
	default:
		actions = l{m{"removeManagedRoutes": m{}}}
	}
	ro := trafficRollout(canary, tr)
	if len(status) > 0 {
		ro["status"] = status
	}
	return m{"rollout": ro, "objects": objects, "actions": actions}, ""
}

func genSMI(r *rand.Rand, i int) (any, string) {
	s := m{}
	name := "web"
	if chance(r, 0.4) {
		name = "split"
		s["trafficSplitName"] = name
	}
	if chance(r, 0.3) {
		s["rootService"] = "web-root"
	}
	v := pick(r, "v1alpha1", "v1alpha2", "v1alpha3")
	objects := l{}
	if chance(r, 0.5) {
		objects = append(objects, m{"apiVersion": "split.smi-spec.io/" + v, "kind": "TrafficSplit", "metadata": m{"name": name, "namespace": "shop", "ownerReferences": owner(pick(r, "uid-web", "uid-web", "uid-web", "uid-other")), "labels": m{"keep": "me"}},
			"spec": m{"service": pick(r, "web-stable", "web-root", "else"), "backends": l{m{"service": "web-canary", "weight": pick[any](r, 10, 0)}, m{"service": "web-stable", "weight": 90}}}})
	}
	in := m{"rollout": trafficRollout(m{"stableService": "web-stable", "canaryService": "web-canary"}, m{"smi": s}), "objects": objects, "actions": l{weightAction(r, someDests(r, 3))}}
	if v != "v1alpha1" || chance(r, 0.5) {
		in["smiVersion"] = v
	}
	return in, ""
}

func genTraefik(r *rand.Rand, i int) (any, string) {
	services := l{m{"name": "web-stable", "port": 80, "weight": 100}, m{"name": "web-canary", "port": 80}, m{"name": "other", "port": 80, "weight": 3}}
	switch r.Intn(16) {
	case 0:
		services = services[:1]
	case 1:
		services = services[1:]
	case 2:
		services = l{m{"port": 80}, services[0], services[1]}
	case 3:
		services = l{"text"}
	case 4, 5, 6, 7:
		r.Shuffle(len(services), func(a, b int) { services[a], services[b] = services[b], services[a] })
	}
	spec := m{"weighted": m{"services": services, "sticky": m{"cookie": m{}}}}
	if chance(r, 0.08) {
		spec = pick(r, m{}, m{"weighted": m{}}, m{"weighted": m{"services": "text"}})
	}
	objects := l{m{"apiVersion": "traefik.io/v1alpha1", "kind": "TraefikService", "metadata": m{"name": pick(r, "web-wrr", "web-wrr", "web-wrr", "web-wrr", "web-wrr", "web-wrr", "web-wrr", "web-wrr", "web-wrr", "web-wrr", "web-wrr", "web-wrr", "else"), "namespace": "shop"}, "spec": spec}}
	return m{"rollout": trafficRollout(m{"stableService": "web-stable", "canaryService": "web-canary"}, m{"traefik": m{"weightedTraefikServiceName": "web-wrr"}}), "objects": objects, "actions": l{weightAction(r, someDests(r, 1))}}, ""
}

func genApisix(r *rand.Rand, i int) (any, string) {
	route := m{"name": "web-route"}
	if chance(r, 0.75) {
		route["rules"] = pick(r, l{"rule1"}, l{"rule1", "rule2"}, l{"rule2"}, l{"rule1"}, l{"rule2", "rule1"}, l{"rule1", "rule2"}, l{"rule1"}, l{"absent"})
	}
	rule := func(name string) m {
		x := m{"name": name, "match": m{"paths": l{"/*"}, "hosts": l{"a.example.org"}}, "backends": l{m{"serviceName": "web-stable", "servicePort": 80, "weight": 100}, m{"serviceName": "web-canary", "servicePort": 80, "weight": 0}}}
		if chance(r, 0.3) {
			x["priority"] = pick(r, 0, 5)
		}
		switch r.Intn(30) {
		case 0:
			x["backends"] = x["backends"].(l)[:1]
		case 1, 4, 5, 6:
			x["backends"] = append(x["backends"].(l), m{"serviceName": "other", "servicePort": 80, "weight": 1})
		case 2:
			delete(x, "backends")
		case 3:
			delete(x, "name")
		}
		return x
	}
	objects := l{m{"apiVersion": "apisix.apache.org/v2", "kind": "ApisixRoute", "metadata": m{"name": "web-route", "namespace": "shop", "uid": "u1", "resourceVersion": "5", "generation": 3, "labels": m{"a": "b"}}, "spec": m{"http": l{rule("rule1"), rule("rule2"), rule("web-route")}}}}
	if chance(r, 0.35) {
		objects = append(objects, m{"apiVersion": "apisix.apache.org/v2", "kind": "ApisixRoute", "metadata": m{"name": "by-header", "namespace": "shop", "ownerReferences": owner(pick(r, "uid-web", "uid-web", "uid-other"))}, "spec": m{"http": l{rule("rule1"), rule("rule2"), rule("web-route")}}})
	}
	tr := m{"apisix": m{"route": route}}
	if chance(r, 0.6) {
		tr["managedRoutes"] = managedList(r)
	}
	var actions l
	switch r.Intn(5) {
	case 0, 1:
		actions = l{weightAction(r, nil)}
	case 2:
		actions = l{headerAction(r)}
	case 3:
		actions = l{m{"removeManagedRoutes": m{}}}
	default:
		actions = l{weightAction(r, nil), headerAction(r), m{"removeManagedRoutes": m{}}}
	}
	return m{"rollout": trafficRollout(m{"stableService": "web-stable", "canaryService": "web-canary"}, tr), "objects": objects, "actions": actions}, ""
}

func genAmbassador(r *rand.Rand, i int) (any, string) {
	names := []string{"web-mapping"}
	if chance(r, 0.3) {
		names = append(names, "web-mapping2")
	}
	if chance(r, 0.05) {
		b := make([]byte, pick(r, 246, 247, 253))
		for k := range b {
			b[k] = 'm'
		}
		names = []string{string(b)}
	}
	objects, list := l{}, l{}
	bad := false
	for _, n := range names {
		list = append(list, n)
		spec := m{"prefix": "/", "service": pick(r, "web-stable:80", "web-stable", "web-stable.shop:80", "https://web-stable.web-stable", "other")}
		if chance(r, 0.1) && !bad {
			spec["weight"] = pick(r, 20, 0)
			bad = true
		}
		if chance(r, 0.1) {
			delete(spec, "service")
		}
		if chance(r, 0.95) || bad {
			objects = append(objects, m{"apiVersion": pick(r, "getambassador.io/v2", "getambassador.io/v3alpha1"), "kind": "Mapping", "metadata": m{"name": n, "namespace": "shop", "labels": m{"a": "b"}}, "spec": spec})
		} else {
			bad = true
		}
		if chance(r, 0.4) && len(n) < 200 {
			objects = append(objects, m{"apiVersion": "getambassador.io/v2", "kind": "Mapping", "metadata": m{"name": n + "-canary", "namespace": "shop"}, "spec": m{"prefix": "/", "service": "web-canary:80", "weight": 7}})
		}
	}
	return m{"rollout": trafficRollout(m{"stableService": "web-stable", "canaryService": "web-canary"}, m{"ambassador": m{"mappings": list}}), "objects": objects, "actions": l{weightAction(r, nil)}}, ""
}

func genAppMesh(r *rand.Rand, i int) (any, string) {
	vs := m{"name": "web-vs"}
	if chance(r, 0.5) {
		vs["routes"] = pick(r, l{"primary"}, l{"primary", "second"}, l{"absent"})
	}
	route := func(name string) m {
		t := l{m{"virtualNodeRef": m{"name": "web-c"}, "weight": pick[any](r, 0, 10)}, m{"virtualNodeRef": m{"name": "web-s", "namespace": "shop"}, "weight": 100}}
		switch r.Intn(10) {
		case 0:
			t = append(t, m{"virtualNodeRef": m{"name": "third"}, "weight": 3})
		case 1:
			t[0].(m)["virtualNodeRef"].(m)["namespace"] = "else"
		case 2:
			t[0].(m)["weight"] = "ten"
		case 3:
			delete(t[0].(m), "virtualNodeRef")
		}
		return m{"name": name, pick(r, "httpRoute", "http2Route", "tcpRoute", "grpcRoute", "httpRoute", "httpRoute", "oddRoute"): m{"match": m{"prefix": "/"}, "action": m{"weightedTargets": t}}}
	}
	objects := l{
		m{"apiVersion": "appmesh.k8s.aws/v1beta2", "kind": "VirtualService", "metadata": m{"name": "web-vs", "namespace": "shop"}, "spec": m{"provider": m{"virtualRouter": m{"virtualRouterRef": m{"name": "web-vr"}}}}},
		m{"apiVersion": "appmesh.k8s.aws/v1beta2", "kind": "VirtualRouter", "metadata": m{"name": "web-vr", "namespace": "shop"}, "spec": m{"routes": l{route("primary"), route("second")}}},
	}
	for _, n := range []string{"web-c", "web-s"} {
		spec := m{"podSelector": m{"matchLabels": m{"app": "web", "rollouts-pod-template-hash": "old"}}}
		switch r.Intn(8) {
		case 0:
			spec = m{}
		case 1:
			spec = m{"podSelector": m{"matchLabels": m{"app": "web"}}}
		}
		if chance(r, 0.96) {
			objects = append(objects, m{"apiVersion": "appmesh.k8s.aws/v1beta2", "kind": "VirtualNode", "metadata": m{"name": n, "namespace": "shop"}, "spec": spec})
		}
	}
	if chance(r, 0.08) {
		objects = objects[1:]
	} else if chance(r, 0.05) {
		objects[0].(m)["spec"] = m{"provider": m{}}
	}
	var actions l
	if chance(r, 0.6) {
		actions = l{weightAction(r, nil)}
	} else {
		actions = l{m{"updateHash": m{"canary": pick(r, "newhash", "", "same"), "stable": pick(r, "stablehash", "", "same")}}}
	}
	return m{"rollout": trafficRollout(m{"stableService": "web-stable", "canaryService": "web-canary"}, m{"appMesh": m{"virtualService": vs, "virtualNodeGroup": m{"canaryVirtualNodeRef": m{"name": "web-c"}, "stableVirtualNodeRef": m{"name": "web-s"}}}}), "objects": objects, "actions": actions}, ""
}
