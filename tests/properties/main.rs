//! Properties that hold for every input, a module a room.

mod backstage;
mod diff;
mod diff_hostile;
mod lang;
mod text;
