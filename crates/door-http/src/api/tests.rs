//! The table of routes and the description say the same.

use std::collections::BTreeSet;

use super::*;

#[test]
fn every_route_is_described_and_everything_described_is_a_route() {
    let described: BTreeSet<String> = openapi().paths.paths.keys().cloned().collect();
    let routed: BTreeSet<String> = ROUTES.iter().map(|(path, ..)| (*path).to_owned()).collect();
    assert_eq!(described, routed);
    let operations: usize = openapi().paths.paths.values().map(operations).sum();
    assert_eq!(operations, ROUTES.len());
}

fn operations(item: &utoipa::openapi::PathItem) -> usize {
    [&item.get, &item.post, &item.put, &item.delete, &item.patch].into_iter().flatten().count()
}

#[test]
fn every_route_has_its_own_name() {
    let names: BTreeSet<&str> = ROUTES.iter().map(|&(_, name, _)| name).collect();
    assert_eq!(names.len(), ROUTES.len());
}
