//! The async shell: hosts the core over a journal, parks replies until they are durable, and lends ports to the doors.

#![forbid(unsafe_code)]
