//! `hence doctor`: examines the directory of a stopped broker, and repairs it when told to.
//! Placeholder page.
