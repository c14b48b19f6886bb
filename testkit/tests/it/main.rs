//! Properties of stores against the model, over real files and in memory.

mod stores;
