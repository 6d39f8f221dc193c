//! How Argo CD tracks (`application.resourceTrackingMethod`).

/// The tracking method in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrackingMethod {
    /// `label`.
    Label,
    /// `annotation`, the default.
    #[default]
    Annotation,
    /// `annotation+label`.
    AnnotationAndLabel,
    /// Anything else: writes and names as `annotation` does, but has no instance.
    Other,
}

impl TrackingMethod {
    /// Reads the setting as it stands.
    pub fn read(text: &str) -> Self {
        match text {
            "label" => Self::Label,
            "annotation" => Self::Annotation,
            "annotation+label" => Self::AnnotationAndLabel,
            _ => Self::Other,
        }
    }
}
