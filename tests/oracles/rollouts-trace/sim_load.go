package main

// Reads a scenario, and the objects that a Rollout refers to.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"time"

	smiv1 "github.com/servicemeshinterface/smi-sdk-go/pkg/apis/split/v1alpha1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	istioutil "github.com/argoproj/argo-rollouts/utils/istio"
)

func newSim(roJSON, scJSON []byte) (*sim, error) {
	s := &sim{pods: map[string][]*pod{}, seq: map[string]int{}, limits: map[string]*int{}, ruleReady: map[string]time.Duration{},
		hashTok: map[string]string{}, rsTok: map[string]string{}, wakes: map[time.Time]bool{}}
	var ro v1alpha1.Rollout
	if err := json.Unmarshal(roJSON, &ro); err != nil {
		return nil, err
	}
	if ro.Name == "" {
		return nil, fmt.Errorf("rollout has no name")
	}
	if len(scJSON) > 0 {
		d := json.NewDecoder(bytes.NewReader(scJSON))
		d.DisallowUnknownFields()
		if err := d.Decode(&s.sc); err != nil {
			return nil, err
		}
	}
	var err error
	if s.sc.Start == "" {
		s.sc.Start = "2024-01-01T00:00:00Z"
	}
	if s.start, err = time.Parse(time.RFC3339, s.sc.Start); err != nil {
		return nil, err
	}
	s.start = s.start.UTC()
	if s.sc.Horizon == "" {
		s.sc.Horizon = "2h"
	}
	if s.horizon, err = parseDur(s.sc.Horizon); err != nil {
		return nil, err
	}
	if s.sc.From == "" {
		s.sc.From = "healthy"
	}
	if s.sc.From != "healthy" && s.sc.From != "empty" {
		return nil, fmt.Errorf("from must be healthy or empty")
	}
	if s.sc.Detail != "" && s.sc.Detail != "instants" && s.sc.Detail != "reconciles" {
		return nil, fmt.Errorf("detail must be instants or reconciles")
	}
	s.readyAfter = 10 * time.Second
	if s.sc.Pods.ReadyAfter != "" {
		if s.sc.Pods.ReadyAfter == "never" {
			s.readyAfter = never
		} else if s.readyAfter, err = parseDur(s.sc.Pods.ReadyAfter); err != nil {
			return nil, err
		}
	}
	for _, r := range s.sc.Pods.Rules {
		if r.ReplicaSet == "" {
			return nil, fmt.Errorf("pods.rules needs replicaSet")
		}
		if r.ReadyAfter != nil {
			d := never
			if *r.ReadyAfter != "never" {
				if d, err = parseDur(*r.ReadyAfter); err != nil {
					return nil, err
				}
			}
			s.ruleReady[r.ReplicaSet] = d
		}
		if r.Limit != nil {
			s.limits[r.ReplicaSet] = r.Limit
		}
	}
	for i := range s.sc.Events {
		e := &s.sc.Events[i]
		if !verbs[e.Do] {
			return nil, fmt.Errorf("unknown event %q", e.Do)
		}
		if e.when, err = parseDur(e.At); err != nil {
			return nil, err
		}
		switch e.Do {
		case "setImage":
			if e.Image == "" {
				return nil, fmt.Errorf("setImage needs image")
			}
		case "scale":
			if e.Replicas == nil {
				return nil, fmt.Errorf("scale needs replicas")
			}
		case "patch":
			if e.Patch == nil {
				return nil, fmt.Errorf("patch needs patch")
			}
		case "readyLimit":
			if e.ReplicaSet == "" {
				return nil, fmt.Errorf("readyLimit needs replicaSet")
			}
		}
	}
	sort.SliceStable(s.sc.Events, func(i, j int) bool { return s.sc.Events[i].when < s.sc.Events[j].when })
	for i := range s.sc.Analysis {
		r := &s.sc.Analysis[i]
		if len(r.Answers) == 0 {
			return nil, fmt.Errorf("analysis rule without answers")
		}
		for _, a := range r.Answers {
			p := answer{}
			if m, ok := a.(map[string]any); ok {
				if v, ok := m["value"]; ok {
					p.IsValue, p.Value = true, v
				} else if ph, ok := m["phase"].(string); ok {
					switch ph {
					case "Successful", "Failed", "Error", "Inconclusive":
					default:
						return nil, fmt.Errorf("bad answer phase %q", ph)
					}
					p.Phase = ph
					p.Message, _ = m["message"].(string)
				} else {
					return nil, fmt.Errorf("answer needs value or phase")
				}
				if af, ok := m["after"].(string); ok {
					if p.After, err = parseDur(af); err != nil {
						return nil, err
					}
				}
			} else {
				p.IsValue, p.Value = true, a
			}
			r.parsed = append(r.parsed, p)
		}
	}
	if ro.Namespace == "" {
		ro.Namespace = "default"
	}
	s.ro = &ro
	s.w = newWorld(ro.Namespace, ro.Name)
	s.w.answers = s.answer
	return s, nil
}

func (s *sim) load() error     { return s.loadAll(true) }
func (s *sim) loadOnly() error { return s.loadAll(false) }

func (s *sim) loadAll(defaults bool) error {
	ctx := context.TODO()
	w := s.w
	w.quiet = true
	defer func() { w.quiet = false }()
	ns := s.ro.Namespace
	have := map[string]bool{}
	put := func(o map[string]any) error {
		kind, _ := o["kind"].(string)
		u := &unstructured.Unstructured{Object: o}
		name := u.GetName()
		if name == "" {
			return fmt.Errorf("object without name")
		}
		if u.GetNamespace() == "" && kind != "ClusterAnalysisTemplate" {
			u.SetNamespace(ns)
		}
		have[kind+"/"+name] = true
		b, _ := json.Marshal(u.Object)
		var err error
		gvr, router := routerGVR(kind, u.GetAPIVersion())
		if kind == "VirtualService" || kind == "DestinationRule" || router {
			if router {
				u.SetAPIVersion(gvr.GroupVersion().String())
				b, _ = json.Marshal(u.Object)
			}
			u = &unstructured.Unstructured{}
			if err := u.UnmarshalJSON(b); err != nil {
				return err
			}
		}
		if router {
			_, err = w.dyn.Resource(gvr).Namespace(u.GetNamespace()).Create(ctx, u, metav1.CreateOptions{})
			return err
		}
		switch kind {
		case "Service":
			var x corev1.Service
			if err = json.Unmarshal(b, &x); err == nil {
				_, err = w.kube.CoreV1().Services(x.Namespace).Create(ctx, &x, metav1.CreateOptions{})
			}
		case "Ingress":
			var x networkingv1.Ingress
			if err = json.Unmarshal(b, &x); err == nil {
				_, err = w.kube.NetworkingV1().Ingresses(x.Namespace).Create(ctx, &x, metav1.CreateOptions{})
			}
		case "AnalysisTemplate":
			var x v1alpha1.AnalysisTemplate
			if err = json.Unmarshal(b, &x); err == nil {
				_, err = w.argo.ArgoprojV1alpha1().AnalysisTemplates(x.Namespace).Create(ctx, &x, metav1.CreateOptions{})
			}
		case "ClusterAnalysisTemplate":
			var x v1alpha1.ClusterAnalysisTemplate
			if err = json.Unmarshal(b, &x); err == nil {
				_, err = w.argo.ArgoprojV1alpha1().ClusterAnalysisTemplates().Create(ctx, &x, metav1.CreateOptions{})
			}
		case "VirtualService":
			_, err = w.dyn.Resource(istioutil.GetIstioVirtualServiceGVR()).Namespace(u.GetNamespace()).Create(ctx, u, metav1.CreateOptions{})
		case "DestinationRule":
			_, err = w.dyn.Resource(istioutil.GetIstioDestinationRuleGVR()).Namespace(u.GetNamespace()).Create(ctx, u, metav1.CreateOptions{})
		case "ReplicaSet":
			var x appsv1.ReplicaSet
			if err = json.Unmarshal(b, &x); err == nil {
				_, err = w.kube.AppsV1().ReplicaSets(x.Namespace).Create(ctx, &x, metav1.CreateOptions{})
			}
		case "Pod":
			var x corev1.Pod
			if err = json.Unmarshal(b, &x); err == nil {
				_, err = w.kube.CoreV1().Pods(x.Namespace).Create(ctx, &x, metav1.CreateOptions{})
			}
		case "AnalysisRun":
			var x v1alpha1.AnalysisRun
			if err = json.Unmarshal(b, &x); err == nil {
				_, err = w.argo.ArgoprojV1alpha1().AnalysisRuns(x.Namespace).Create(ctx, &x, metav1.CreateOptions{})
			}
		case "Experiment":
			var x v1alpha1.Experiment
			if err = json.Unmarshal(b, &x); err == nil {
				_, err = w.argo.ArgoprojV1alpha1().Experiments(x.Namespace).Create(ctx, &x, metav1.CreateOptions{})
			}
		case "TrafficSplit":
			var x smiv1.TrafficSplit
			if err = json.Unmarshal(b, &x); err == nil {
				_, err = w.smi.SplitV1alpha1().TrafficSplits(x.Namespace).Create(ctx, &x, metav1.CreateOptions{})
			}
		default:
			return fmt.Errorf("unsupported object kind %q", kind)
		}
		return err
	}
	for _, o := range s.sc.Objects {
		if err := put(o); err != nil {
			return err
		}
	}
	if !defaults {
		return nil
	}
	for _, o := range defaultObjects(s.ro) {
		kind := o["kind"].(string)
		name := o["metadata"].(map[string]any)["name"].(string)
		if have[kind+"/"+name] || s.isMissing(kind, name) {
			continue
		}
		if err := put(o); err != nil {
			return err
		}
	}
	return nil
}

// defaultObjects lists the plainest form of everything the rollout refers to.
func defaultObjects(ro *v1alpha1.Rollout) []map[string]any {
	var out []map[string]any
	seen := map[string]bool{}
	add := func(kind, api, name string, rest map[string]any) {
		if name == "" || seen[kind+"/"+name] {
			return
		}
		seen[kind+"/"+name] = true
		o := map[string]any{"apiVersion": api, "kind": kind, "metadata": map[string]any{"name": name}}
		for k, v := range rest {
			o[k] = v
		}
		out = append(out, o)
	}
	sel := map[string]any{}
	if ro.Spec.Selector != nil {
		for k, v := range ro.Spec.Selector.MatchLabels {
			sel[k] = v
		}
	}
	svc := func(name string) {
		s := map[string]any{}
		for k, v := range sel {
			s[k] = v
		}
		add("Service", "v1", name, map[string]any{"spec": map[string]any{"selector": s, "ports": []any{map[string]any{"port": 80}}}})
	}
	tmpl := func(ra *v1alpha1.RolloutAnalysis) {
		if ra == nil {
			return
		}
		for _, t := range ra.Templates {
			spec := map[string]any{"metrics": []any{map[string]any{"name": t.TemplateName, "provider": map[string]any{"web": map[string]any{"url": "http://metrics.example.com", "jsonPath": "{$}"}}}}}
			if t.IsClusterScope() {
				add("ClusterAnalysisTemplate", "argoproj.io/v1alpha1", t.TemplateName, map[string]any{"spec": spec})
			} else {
				add("AnalysisTemplate", "argoproj.io/v1alpha1", t.TemplateName, map[string]any{"spec": spec})
			}
		}
	}
	if b := ro.Spec.Strategy.BlueGreen; b != nil {
		svc(b.ActiveService)
		svc(b.PreviewService)
		tmpl(b.PrePromotionAnalysis)
		tmpl(b.PostPromotionAnalysis)
	}
	c := ro.Spec.Strategy.Canary
	if c == nil {
		return out
	}
	svc(c.StableService)
	svc(c.CanaryService)
	if c.PingPong != nil {
		svc(c.PingPong.PingService)
		svc(c.PingPong.PongService)
	}
	if c.Analysis != nil {
		tmpl(&c.Analysis.RolloutAnalysis)
	}
	for i := range c.Steps {
		tmpl(c.Steps[i].Analysis)
		if e := c.Steps[i].Experiment; e != nil {
			for _, a := range e.Analyses {
				tmpl(&v1alpha1.RolloutAnalysis{Templates: []v1alpha1.AnalysisTemplateRef{{TemplateName: a.TemplateName, ClusterScope: a.ClusterScope}}})
			}
		}
	}
	tr := c.TrafficRouting
	if tr == nil {
		return out
	}
	if tr.Nginx != nil {
		names := tr.Nginx.StableIngresses
		if names == nil {
			names = []string{tr.Nginx.StableIngress}
		}
		for _, n := range names {
			add("Ingress", "networking.k8s.io/v1", n, map[string]any{"spec": map[string]any{"ingressClassName": "nginx", "rules": []any{map[string]any{"host": "example.com", "http": map[string]any{"paths": []any{map[string]any{
				"path": "/", "pathType": "Prefix", "backend": map[string]any{"service": map[string]any{"name": c.StableService, "port": map[string]any{"number": 80}}}}}}}}}})
		}
	}
	if tr.Istio != nil {
		vss := tr.Istio.VirtualServices
		if tr.Istio.VirtualService != nil {
			vss = append(vss, *tr.Istio.VirtualService)
		}
		stable, canary := c.StableService, c.CanaryService
		if c.PingPong != nil && stable == "" && canary == "" {
			stable, canary = c.PingPong.PingService, c.PingPong.PongService
		}
		dests := func() []any {
			if d := tr.Istio.DestinationRule; d != nil {
				host := stable
				if host == "" {
					host = ro.Name
				}
				return []any{
					map[string]any{"destination": map[string]any{"host": host, "subset": d.StableSubsetName}, "weight": 100},
					map[string]any{"destination": map[string]any{"host": host, "subset": d.CanarySubsetName}, "weight": 0}}
			}
			return []any{
				map[string]any{"destination": map[string]any{"host": stable}, "weight": 100},
				map[string]any{"destination": map[string]any{"host": canary}, "weight": 0}}
		}
		for _, v := range vss {
			var http []any
			for _, r := range v.Routes {
				http = append(http, map[string]any{"name": r, "route": dests()})
			}
			if len(v.Routes) == 0 {
				http = append(http, map[string]any{"route": dests()})
			}
			add("VirtualService", "networking.istio.io/v1alpha3", v.Name, map[string]any{"spec": map[string]any{"hosts": []any{ro.Name}, "http": http}})
		}
		if d := tr.Istio.DestinationRule; d != nil {
			host := stable
			if host == "" {
				host = ro.Name
			}
			labels := func() map[string]any {
				m := map[string]any{}
				for k, v := range sel {
					m[k] = v
				}
				return m
			}
			add("DestinationRule", "networking.istio.io/v1alpha3", d.Name, map[string]any{"spec": map[string]any{"host": host, "subsets": []any{
				map[string]any{"name": d.CanarySubsetName, "labels": labels()}, map[string]any{"name": d.StableSubsetName, "labels": labels()}}}})
		}
	}
	return out
}

// ---- toy ReplicaSet controller ----------------------------------------------
