//! Properties that hold for every input, a module a room.

mod lang;
mod text;
