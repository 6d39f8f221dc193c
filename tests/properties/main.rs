//! Properties that hold for every input, a module a room.

mod backstage;
mod lang;
mod rollouts;
mod text;
