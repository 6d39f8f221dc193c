//! Kubernetes and Backstage YAML: text to values with spans, and back.
