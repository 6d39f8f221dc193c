//! The finalizers of an Application.

/// Deletes the Application's resources.
pub const RESOURCES_FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";
/// Runs hooks before the resources go; with `/cleanup` behind it, removes them in the end.
pub const PRE_DELETE_FINALIZER: &str = "pre-delete-finalizer.argocd.argoproj.io";
/// Runs hooks after the resources are gone; with `/cleanup` behind it, removes them in the end.
pub const POST_DELETE_FINALIZER: &str = "post-delete-finalizer.argocd.argoproj.io";

/// The finalizers as they stand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Finalizers(pub(super) Vec<String>);

impl Finalizers {
    pub(super) fn has(&self, finalizer: &str) -> bool {
        self.0.iter().any(|own| own == finalizer)
    }

    /// Removes the first that is equal; the last one takes its place (`setFinalizer`), which may change the
    /// policy of the cascade.
    pub(super) fn remove(&mut self, finalizer: &str) {
        if let Some(at) = self.0.iter().position(|own| own == finalizer) {
            self.0.swap_remove(at);
        }
    }

    /// The finalizer that asks for a cascade; its ending is the propagation policy.
    pub(super) fn cascade(&self) -> Option<&str> {
        self.0.iter().map(String::as_str).find(|own| is_cascade(own))
    }

    pub(super) fn remove_cascade(&mut self) {
        self.0.retain(|own| !is_cascade(own));
    }

    /// Nothing can be done for a cluster that is not known.
    pub(super) fn abandon(&mut self) {
        self.remove_cascade();
        self.0.retain(|own| !own.starts_with(PRE_DELETE_FINALIZER) && !own.starts_with(POST_DELETE_FINALIZER));
    }
}

fn is_cascade(finalizer: &str) -> bool {
    matches!(finalizer.strip_prefix(RESOURCES_FINALIZER), Some("" | "/foreground" | "/background"))
}
