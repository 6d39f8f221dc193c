//! Properties that hold for every input, a module a room.

mod appset;
mod backstage;
mod lang;
mod rollouts;
mod sync;
mod text;
