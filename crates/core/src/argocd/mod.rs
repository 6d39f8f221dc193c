//! What Argo CD generates, diffs, judges healthy, orders and syncs.
