package main

// What a trace writes down at an instant.

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/pkg/kubectl-argo-rollouts/info"
	"github.com/argoproj/argo-rollouts/utils/annotations"
	istioutil "github.com/argoproj/argo-rollouts/utils/istio"
)

func (s *sim) untoken(str string) string {
	var args []string
	var hs []string
	for h := range s.hashTok {
		hs = append(hs, h)
	}
	sort.Slice(hs, func(i, j int) bool { return len(hs[i]) > len(hs[j]) || (len(hs[i]) == len(hs[j]) && hs[i] < hs[j]) })
	for _, h := range hs {
		args = append(args, h, s.hashTok[h])
	}
	return strings.NewReplacer(args...).Replace(str)
}

func (s *sim) secs(t *metav1.Time) any {
	if t == nil || t.IsZero() {
		return nil
	}
	return int64(t.Time.Sub(s.start) / time.Second)
}

// observe appends a timeline entry when something visible changed.
func (s *sim) observe() {
	w := s.w
	ro := w.rollout()
	st := map[string]any{}
	st["phase"] = string(ro.Status.Phase)
	st["message"] = ro.Status.Message
	st["revision"] = ro.Annotations[annotations.RevisionAnnotation]
	st["current"] = ro.Status.CurrentPodHash
	st["stable"] = ro.Status.StableRS
	st["step"] = nil
	if ro.Status.CurrentStepIndex != nil {
		st["step"] = *ro.Status.CurrentStepIndex
	}
	rss := w.replicaSets()
	if ro.Spec.Strategy.Canary != nil {
		inf := info.NewRolloutInfo(ro, rss, nil, nil, nil, nil)
		st["setWeight"] = atoi(inf.SetWeight)
		st["actualWeight"] = atoi(inf.ActualWeight)
		var wt any
		if x := ro.Status.Canary.Weights; x != nil {
			wt = toMap(x)
		}
		st["weights"] = wt
		if ro.Status.Canary.StablePingPong != "" {
			st["stablePingPong"] = string(ro.Status.Canary.StablePingPong)
		}
	} else if ro.Spec.Strategy.BlueGreen != nil {
		b := ro.Status.BlueGreen
		st["blueGreen"] = map[string]any{"active": b.ActiveSelector, "preview": b.PreviewSelector, "scaleUpPreviewCheckPoint": b.ScaleUpPreviewCheckPoint}
	}
	pcs := []any{}
	for _, p := range ro.Status.PauseConditions {
		pcs = append(pcs, map[string]any{"reason": string(p.Reason), "since": s.secs(&p.StartTime)})
	}
	st["pause"] = map[string]any{"spec": ro.Spec.Paused, "controller": ro.Status.ControllerPause, "conditions": pcs}
	st["abort"] = ro.Status.Abort
	st["abortedAt"] = s.secs(ro.Status.AbortedAt)
	st["promoteFull"] = ro.Status.PromoteFull
	st["replicas"] = map[string]any{"desired": specReplicas(ro), "current": ro.Status.Replicas, "updated": ro.Status.UpdatedReplicas, "ready": ro.Status.ReadyReplicas,
		"available": ro.Status.AvailableReplicas, "hpa": ro.Status.HPAReplicas}
	sets := map[string]any{}
	for _, rs := range rss {
		m := map[string]any{"revision": rs.Annotations[annotations.RevisionAnnotation], "spec": *rs.Spec.Replicas, "replicas": rs.Status.Replicas,
			"ready": rs.Status.ReadyReplicas, "available": rs.Status.AvailableReplicas, "scaleDownAt": nil}
		if d := rs.Annotations[v1alpha1.DefaultReplicaSetScaleDownDeadlineAnnotationKey]; d != "" {
			if t, err := time.Parse(time.RFC3339, d); err == nil {
				mt := metav1.NewTime(t)
				m["scaleDownAt"] = s.secs(&mt)
			}
		}
		sets[s.rsTok[rs.Name]] = m
	}
	st["replicaSets"] = sets
	svcs := map[string]any{}
	for _, v := range w.services() {
		svcs[v.Name] = v.Spec.Selector[v1alpha1.DefaultRolloutUniqueLabelKey]
	}
	st["services"] = svcs
	if c := ro.Spec.Strategy.Canary; c != nil && c.TrafficRouting != nil {
		routers := map[string]any{}
		for _, k := range routerKinds() {
			for _, o := range w.dynList(k.gvr) {
				routers[k.kind+"/"+o["metadata"].(map[string]any)["name"].(string)] = o["spec"]
			}
		}
		if len(routers) > 0 {
			st["routers"] = routers
		}
		if c.TrafficRouting.Istio != nil {
			vs := map[string]any{}
			for _, o := range w.dynList(istioutil.GetIstioVirtualServiceGVR()) {
				vs[o["metadata"].(map[string]any)["name"].(string)] = o["spec"].(map[string]any)["http"]
			}
			st["virtualServices"] = vs
			dr := map[string]any{}
			for _, o := range w.dynList(istioutil.GetIstioDestinationRuleGVR()) {
				subs := map[string]any{}
				l, _ := o["spec"].(map[string]any)["subsets"].([]any)
				for _, x := range l {
					m := x.(map[string]any)
					lb, _ := m["labels"].(map[string]any)
					h, _ := lb[v1alpha1.DefaultRolloutUniqueLabelKey].(string)
					subs[m["name"].(string)] = h
				}
				dr[o["metadata"].(map[string]any)["name"].(string)] = subs
			}
			if len(dr) > 0 {
				st["destinationRules"] = dr
			}
		}
		if c.TrafficRouting.Nginx != nil || c.TrafficRouting.ALB != nil {
			l, err := w.kube.Tracker().List(networkingv1.SchemeGroupVersion.WithResource("ingresses"), networkingv1.SchemeGroupVersion.WithKind("Ingress"), w.ns)
			if err != nil {
				panic(err)
			}
			ing := map[string]any{}
			for _, i := range l.(*networkingv1.IngressList).Items {
				a := map[string]any{}
				for k, v := range i.Annotations {
					a[k] = v
				}
				ing[i.Name] = a
			}
			st["ingresses"] = ing
		}
		if c.TrafficRouting.SMI != nil {
			st["trafficSplits"] = w.smiState()
		}
	}
	runs := map[string]any{}
	for _, ar := range w.analysisRuns() {
		runs[ar.Name] = map[string]any{"type": ar.Labels[v1alpha1.RolloutTypeLabel], "phase": string(ar.Status.Phase), "message": ar.Status.Message, "terminate": ar.Spec.Terminate}
	}
	if len(runs) > 0 {
		st["analysisRuns"] = runs
	}
	exs := map[string]any{}
	for _, e := range w.experimentList() {
		exs[e.Name] = map[string]any{"phase": string(e.Status.Phase), "message": e.Status.Message, "terminate": e.Spec.Terminate}
	}
	if len(exs) > 0 {
		st["experiments"] = exs
	}
	conds := map[string]any{}
	for _, t := range []string{"Progressing", "Available", "Healthy", "Completed", "Paused", "InvalidSpec", "ReplicaFailure"} {
		conds[t] = nil
	}
	for _, c := range ro.Status.Conditions {
		m := map[string]any{"status": string(c.Status), "reason": c.Reason}
		if c.Type == v1alpha1.RolloutProgressing || c.Type == v1alpha1.InvalidSpec {
			m["message"] = c.Message
		}
		conds[string(c.Type)] = m
	}
	st["conditions"] = conds
	st["error"] = nil
	if s.lastErr != "" {
		st["error"] = s.lastErr
	}
	b, _ := json.Marshal(st)
	evs := []any{}
	seen := map[string]bool{}
	for _, e := range w.rec.events[s.evSeen:] {
		if e.Kind != "Rollout" {
			continue
		}
		line := e.Reason + ": " + e.Message
		if !seen[line] {
			evs = append(evs, line)
		}
		seen[line] = true
	}
	if string(b) == s.lastState {
		return
	}
	s.evSeen = len(w.rec.events)
	s.lastState = string(b)
	st["at"] = int64(w.now.Sub(s.start) / time.Second)
	st["events"] = evs
	s.timeline = append(s.timeline, st)
}

func specReplicas(ro *v1alpha1.Rollout) any {
	if ro.Spec.Replicas == nil {
		return nil
	}
	return *ro.Spec.Replicas
}

func atoi(s string) int {
	n := 0
	fmt.Sscan(s, &n)
	return n
}

func (w *world) smiState() map[string]any {
	out := map[string]any{}
	l, err := w.smi.SplitV1alpha1().TrafficSplits(w.ns).List(context.TODO(), metav1.ListOptions{})
	if err != nil {
		return out
	}
	for _, t := range l.Items {
		m := toMap(&t)
		out[t.Name] = m["spec"]
	}
	return out
}
