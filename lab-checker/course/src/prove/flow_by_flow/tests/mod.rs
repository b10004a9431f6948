//! The second opinion against cases whose answer is known, and against the engine on random clusters.

mod against_engine;
mod differences;
mod random;
