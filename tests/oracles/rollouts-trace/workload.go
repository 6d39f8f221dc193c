package main

// The workloads that workloadRef can name, and upstream's own resolver over them.

import (
	"context"
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	rofake "github.com/argoproj/argo-rollouts/pkg/client/clientset/versioned/fake"
	informers "github.com/argoproj/argo-rollouts/pkg/client/informers/externalversions"
	"github.com/argoproj/argo-rollouts/rollout"
)

var workloadKinds = map[string]schema.GroupVersionResource{
	"Deployment":  appsv1.SchemeGroupVersion.WithResource("deployments"),
	"ReplicaSet":  appsv1.SchemeGroupVersion.WithResource("replicasets"),
	"PodTemplate": corev1.SchemeGroupVersion.WithResource("podtemplates"),
}

// workloadResources is what discovery tells of them.
func workloadResources() []*metav1.APIResourceList {
	of := func(kinds ...string) (out []metav1.APIResource) {
		for _, k := range kinds {
			out = append(out, metav1.APIResource{Name: workloadKinds[k].Resource, Kind: k, Namespaced: true})
		}
		return out
	}
	return []*metav1.APIResourceList{
		{GroupVersion: "apps/v1", APIResources: of("Deployment", "ReplicaSet")}, {GroupVersion: "v1", APIResources: of("PodTemplate")},
	}
}

// resolver is upstream's, made when a Rollout needs it. It watches workloads and changes Rollouts of its own
// accord; here it does not see any, so that a reconcile's answer is the reconcile's alone.
func (w *world) resolver() rollout.TemplateRefResolver { return &lazyResolver{w: w} }

type lazyResolver struct {
	w    *world
	real rollout.TemplateRefResolver
}

func (l *lazyResolver) Resolve(ro *v1alpha1.Rollout) error {
	if l.real == nil {
		none := informers.NewSharedInformerFactory(rofake.NewSimpleClientset(), 0).Argoproj().V1alpha1().Rollouts().Informer()
		l.real = rollout.NewInformerBasedWorkloadRefResolver(metav1.NamespaceAll, l.w.dyn, l.w.kube.Discovery(), l.w.argo, none)
	}
	return l.real.Resolve(ro)
}

// putWorkload creates a workload for the resolver, and a Deployment for the controller that scales it, too.
func (w *world) putWorkload(o map[string]any, ns string) error {
	u := &unstructured.Unstructured{Object: o}
	gvr, ok := workloadKinds[u.GetKind()]
	if !ok {
		return fmt.Errorf("no workload: %s", u.GetKind())
	}
	if u.GetNamespace() == "" {
		u.SetNamespace(ns)
	}
	b, err := json.Marshal(o)
	if err != nil {
		return err
	}
	fresh := &unstructured.Unstructured{}
	if err := fresh.UnmarshalJSON(b); err != nil {
		return err
	}
	if err := w.dyn.Tracker().Create(gvr, fresh, fresh.GetNamespace()); err != nil {
		return err
	}
	if u.GetKind() != "Deployment" {
		return nil
	}
	var d appsv1.Deployment
	if err := json.Unmarshal(b, &d); err != nil {
		return err
	}
	if d.Spec.Replicas == nil {
		one := int32(1)
		d.Spec.Replicas = &one
	}
	_, err = w.kube.AppsV1().Deployments(d.Namespace).Create(context.TODO(), &d, metav1.CreateOptions{})
	return err
}
