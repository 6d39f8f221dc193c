//! What the Argo Rollouts controller steps through.
