package main

// A metric provider that answers as the scenario says.

import (
	"encoding/json"
	"time"

	log "github.com/sirupsen/logrus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/utils/evaluate"
	timeutil "github.com/argoproj/argo-rollouts/utils/time"
)

type answer struct {
	Value   any
	IsValue bool
	Phase   string
	Message string
	After   time.Duration
}

type provider struct {
	w *world
	l log.Entry
}

func (p *provider) Run(run *v1alpha1.AnalysisRun, m v1alpha1.Metric) v1alpha1.Measurement {
	start := timeutil.MetaNow()
	k := 0
	for _, r := range run.Status.MetricResults {
		if r.Name == m.Name {
			k = int(r.Successful + r.Failed + r.Inconclusive + r.Error)
		}
	}
	a := p.w.answers(run, m, k)
	ms := v1alpha1.Measurement{StartedAt: &start}
	if a.After > 0 {
		t := metav1.NewTime(p.w.now.Add(a.After))
		ms.Phase, ms.ResumeAt = v1alpha1.AnalysisPhaseRunning, &t
		return ms
	}
	return p.end(ms, a, m)
}
func (p *provider) end(ms v1alpha1.Measurement, a answer, m v1alpha1.Metric) v1alpha1.Measurement {
	fin := timeutil.MetaNow()
	ms.FinishedAt = &fin
	if a.IsValue {
		ph, err := evaluate.EvaluateResult(a.Value, m, p.l)
		b, _ := json.Marshal(a.Value)
		ms.Value, ms.Phase = string(b), ph
		if err != nil {
			ms.Phase, ms.Message = v1alpha1.AnalysisPhaseError, err.Error()
		}
		return ms
	}
	ms.Phase, ms.Message = v1alpha1.AnalysisPhase(a.Phase), a.Message
	return ms
}
func (p *provider) Resume(run *v1alpha1.AnalysisRun, m v1alpha1.Metric, ms v1alpha1.Measurement) v1alpha1.Measurement {
	k := 0
	for _, r := range run.Status.MetricResults {
		if r.Name == m.Name {
			k = int(r.Successful + r.Failed + r.Inconclusive + r.Error)
		}
	}
	return p.end(ms, p.w.answers(run, m, k), m)
}
func (p *provider) Terminate(run *v1alpha1.AnalysisRun, m v1alpha1.Metric, ms v1alpha1.Measurement) v1alpha1.Measurement {
	fin := timeutil.MetaNow()
	ms.FinishedAt, ms.Phase = &fin, v1alpha1.AnalysisPhaseSuccessful
	return ms
}
func (p *provider) GarbageCollect(*v1alpha1.AnalysisRun, v1alpha1.Metric, int) error { return nil }
func (p *provider) Type() string                                                     { return "Web" }
func (p *provider) GetMetadata(v1alpha1.Metric) map[string]string                    { return nil }
