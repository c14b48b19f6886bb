//! The machines that own all broker state: command in; one commit, replies and effects out.

#![forbid(unsafe_code)]
