package main

import (
	"encoding/json"
	"fmt"
)

// routedBy gives generated scenarios one of the routers that generate leaves out. Ambassador's is not among them: it sleeps.
func routedBy(in []request) []request {
	var out []request
	for i, r := range in {
		var doc struct{ Rollout, Scenario obj }
		if err := json.Unmarshal(r.Input, &doc); err != nil {
			panic(err)
		}
		spec, _ := doc.Rollout["spec"].(map[string]any)
		strategy, _ := spec["strategy"].(map[string]any)
		canary, _ := strategy["canary"].(map[string]any)
		routing, _ := canary["trafficRouting"].(map[string]any)
		if routing == nil || canary["pingPong"] != nil {
			continue
		}
		name, tr, objects := router(i)
		canary["stableService"], canary["canaryService"] = "stable", "canary"
		canary["trafficRouting"] = tr
		all, _ := doc.Scenario["objects"].([]any)
		doc.Scenario["objects"] = append(all, objects...)
		b, err := json.Marshal(doc2{doc.Rollout, doc.Scenario})
		if err != nil {
			panic(err)
		}
		out = append(out, request{ID: fmt.Sprintf("%s-%s", name, r.ID), Op: r.Op, Input: b})
	}
	return out
}

type doc2 struct {
	Rollout  obj `json:"rollout"`
	Scenario obj `json:"scenario"`
}

// router is the i-th way to route, with the objects it needs.
func router(i int) (string, obj, list) {
	object := func(group, kind, name string, spec obj) obj {
		return obj{"apiVersion": group, "kind": kind, "metadata": obj{"name": name}, "spec": spec}
	}
	switch i % 4 {
	case 0:
		services := list{obj{"name": "stable", "port": 80, "weight": 100}, obj{"name": "canary", "port": 80, "weight": 0}}
		return "traefik", obj{"traefik": obj{"weightedTraefikServiceName": "route"}},
			list{object("traefik.containo.us/v1alpha1", "TraefikService", "route", obj{"weighted": obj{"services": services}})}
	case 1:
		backends := list{obj{"serviceName": "stable", "servicePort": 80, "weight": 100}, obj{"serviceName": "canary", "servicePort": 80, "weight": 0}}
		return "apisix", obj{"apisix": obj{"route": obj{"name": "route", "rules": list{"rule"}}}},
			list{object("apisix.apache.org/v2", "ApisixRoute", "route", obj{"http": list{obj{"name": "rule", "backends": backends}}})}
	case 2:
		backend := obj{"service": obj{"name": "stable", "port": obj{"name": "use-annotation"}}}
		path := obj{"path": "/", "pathType": "Prefix", "backend": backend}
		return "alb", obj{"alb": obj{"ingress": "web", "servicePort": 80}},
			list{object("networking.k8s.io/v1", "Ingress", "web", obj{"rules": list{obj{"host": "example.com", "http": obj{"paths": list{path}}}}})}
	default:
		node := func(name string) obj {
			return object("appmesh.k8s.aws/v1beta2", "VirtualNode", name, obj{"podSelector": obj{"matchLabels": obj{"app": "app"}}})
		}
		target := func(name string, weight int) obj { return obj{"virtualNodeRef": obj{"name": name}, "weight": weight} }
		targets := list{target("canary-vn", 0), target("stable-vn", 100)}
		route := obj{"name": "primary", "httpRoute": obj{"match": obj{"prefix": "/"}, "action": obj{"weightedTargets": targets}}}
		nodes := obj{"canaryVirtualNodeRef": obj{"name": "canary-vn"}, "stableVirtualNodeRef": obj{"name": "stable-vn"}}
		provider := obj{"virtualRouter": obj{"virtualRouterRef": obj{"name": "router"}}}
		return "appmesh", obj{"appMesh": obj{"virtualService": obj{"name": "mesh"}, "virtualNodeGroup": nodes}}, list{
			object("appmesh.k8s.aws/v1beta2", "VirtualService", "mesh", obj{"provider": provider}),
			object("appmesh.k8s.aws/v1beta2", "VirtualRouter", "router", obj{"routes": list{route}}), node("canary-vn"), node("stable-vn"),
		}
	}
}
