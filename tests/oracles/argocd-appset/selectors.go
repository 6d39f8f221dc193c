package main

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// readable refuses label selectors that cannot be read, as an API server does; the fake client panics.
type readable struct{ dynamic.Interface }

func (r readable) Resource(resource schema.GroupVersionResource) dynamic.NamespaceableResourceInterface {
	return readableResource{r.Interface.Resource(resource)}
}

type readableResource struct{ dynamic.NamespaceableResourceInterface }

func (r readableResource) Namespace(namespace string) dynamic.ResourceInterface {
	return readableNamespace{r.NamespaceableResourceInterface.Namespace(namespace)}
}

type readableNamespace struct{ dynamic.ResourceInterface }

func (r readableNamespace) List(ctx context.Context, options metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	if _, err := labels.Parse(options.LabelSelector); err != nil {
		return nil, err
	}
	return r.ResourceInterface.List(ctx, options)
}
