//! Properties that hold for every input, a module a room.

mod appset;
mod backstage;
mod backstage_hostile;
mod diff;
mod diff_hostile;
mod lang;
mod rollouts;
mod sync;
mod text;
