//! The small languages that upstream decisions are written in.
