//! Every glob dialect that upstream uses, each answering as its own library.
//!
//! | module | upstream | used for |
//! |---|---|---|
//! | [`gobwas`] | `github.com/gobwas/glob` 1.0.0 | project sources, destinations, clusters, sync windows, RBAC |
//! | [`list`] | Argo CD `util/glob.MatchStringInList` | lists of exact texts, globs or `/regular expressions/` |
//! | [`regexp2`] | `github.com/dlclark/regexp2` | the regular expressions of such lists (.NET style, unanchored) |
//! | [`path`] | Go `path.Match` | git generator directories |
//! | [`doublestar`] | `github.com/bmatcuk/doublestar` 4.10.0, `Match` | Lua health script keys |
//! | [`pathspec`] | `git ls-files -- PATHSPEC` | git generator files |
//! | [`doublestar_files`] | `doublestar.FilepathGlob` | git generator files with the new globbing |
//! | [`minimatch`] | npm `minimatch` 10.2.6 | Backstage file globs in locations |
//!
//! Supported: the full pattern language of each, on UTF-8 text, on Linux paths.
//! Not supported: `minimatch` options other than the defaults, path specs with
//! `attr:`, regular expressions with balancing groups or right-to-left mode.

pub mod doublestar;
pub mod doublestar_files;
pub mod gobwas;
pub mod list;
pub mod minimatch;
pub mod path;
pub mod pathspec;
pub mod regexp2;

mod rune;
mod slice;
mod wildmatch;

pub use doublestar::doublestar;
pub use list::{MatchStyle, match_string_in_list};
pub use path::path_match;
pub use pathspec::pathspec;
