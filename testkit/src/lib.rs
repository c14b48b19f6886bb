//! What tests share: the simulator, the checkers, servers and real-client fixtures.
