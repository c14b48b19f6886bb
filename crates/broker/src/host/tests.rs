//! The synchronous half alone: no runtime.
