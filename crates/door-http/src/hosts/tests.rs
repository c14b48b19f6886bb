//! Which names are the server's own.

use super::*;

fn hosts(bound: &[&str], allowed: &[&str]) -> Hosts {
    let bound: Vec<SocketAddr> = bound.iter().map(|address| address.parse().unwrap()).collect();
    let allowed = AllowedHosts::new(allowed.iter().map(|name| (*name).to_owned())).unwrap();
    Hosts::of(&bound, &allowed)
}

const LOOPBACKS: &[&str] = &["127.0.0.1:8080", "[::1]:8080"];

#[test]
fn a_listener_of_this_machine_is_called_localhost_or_by_its_addresses_with_any_port() {
    let hosts = hosts(LOOPBACKS, &[]);
    for own in [
        "localhost",
        "LocalHost:8080",
        "localhost.:1",
        "127.0.0.1",
        "127.0.0.1:65535",
        "127.1.2.3",
        "[::1]",
        "[::1]:8080",
        "[0:0:0:0:0:0:0:1]",
        "localhost:",
        "hence.localhost",
        "a.b.LOCALHOST.:8080",
    ] {
        assert!(hosts.permit(own), "{own}");
    }
    for other in [
        "",
        ":8080",
        "example.org",
        "localhost.example.org",
        "127.0.0.1.example.org",
        "evil-localhost",
        ".localhost",
        "10.0.0.1",
        "[::2]:8080",
        "::1",
        "[::1",
        "[localhost]",
        "localhost:80:80",
        "localhost:x",
        "user@localhost",
        "localhost/",
        "localhost, example.org",
        "[::1]x",
        "2130706433",
        "0x7f.1",
        "*",
    ] {
        assert!(!hosts.permit(other), "{other}");
    }
}

#[test]
fn names_that_the_operator_allowed_are_its_own_too() {
    let hosts = hosts(LOOPBACKS, &["Broker.Example.org", "10.0.0.7", "[fe80::1]"]);
    for own in ["broker.example.org:443", "BROKER.EXAMPLE.ORG", "10.0.0.7:8080", "[fe80::1]:1", "localhost"] {
        assert!(hosts.permit(own), "{own}");
    }
    assert!(!hosts.permit("example.org") && !hosts.permit("x.broker.example.org"));
}

#[test]
fn a_name_that_is_given_with_a_dot_in_front_stands_for_all_that_are_under_it() {
    let hosts = hosts(&["0.0.0.0:8080"], &[".Example.org", ".events.", "broker.example.com."]);
    for own in ["broker.example.org:8080", "a.b.EXAMPLE.org.", "hence.events", "broker.example.com"] {
        assert!(hosts.permit(own), "{own}");
    }
    for other in
        ["example.org", ".example.org", "xexample.org", "example.org.evil.com", "x.broker.example.com"]
    {
        assert!(!hosts.permit(other), "{other}");
    }
}

#[test]
fn a_listener_for_other_machines_is_called_by_any_address_and_by_names_that_the_internet_does_not_have() {
    for bound in [&["0.0.0.0:8080", "[::]:8080"][..], &["10.0.0.7:8080"]] {
        let hosts = hosts(bound, &["broker.example.org"]);
        for own in [
            "localhost:8080",
            "10.0.0.7",
            "10.0.0.8:80",
            "[fe80::1]:8080",
            "broker",
            "broker:8080",
            "Broker.Local",
            "broker.ns.svc.cluster.local:8080",
            "broker.corp.internal.",
            "broker.home.arpa",
            "broker.events.svc:8080",
            "broker.lan",
            "broker.test",
            "broker.corp",
            "broker.home",
            "broker.example.org:8080",
        ] {
            assert!(hosts.permit(own), "{own}");
        }
        for other in [
            "example.org",
            "example.org.",
            "broker.example.com:8080",
            "local.example.org",
            "notlocal.xlocal",
            "arpa.x",
            "broker.events",
            "broker.dev",
            "xn--svc.example.svc.com",
            "10.0.0.7.example.org",
            "",
            ".",
        ] {
            assert!(!hosts.permit(other), "{other}");
        }
    }
    assert!(!hosts(LOOPBACKS, &[]).permit("broker") && !hosts(LOOPBACKS, &[]).permit("broker.local"));
}

#[test]
fn a_star_stands_for_every_name() {
    for bound in [LOOPBACKS, &["0.0.0.0:8080"]] {
        assert!(hosts(bound, &["*"]).permit("example.org"));
    }
}

#[test]
fn what_is_no_name_of_a_host_is_refused_when_it_is_set() {
    for wrong in ["", "http://x", "x:80", "a b", "[x]", "*.example.org", "x/", ".", "..", "..x", ".[::1]"] {
        assert!(AllowedHosts::new([wrong.to_owned()]).is_err(), "{wrong:?}");
    }
}
