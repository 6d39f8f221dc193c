//! The Kubernetes object envelope: keys, selectors, quantities, patches.
