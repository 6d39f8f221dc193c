//! What a Backstage server accepts, relates and scaffolds.
