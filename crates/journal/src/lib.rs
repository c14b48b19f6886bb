//! The one durable thing: an ordered sequence of atomic commits, on files or in memory.
