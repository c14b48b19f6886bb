//! Settings come from where they should, in the right order, and what is misspelt is named.

use hence_broker::net::Address;

use super::sources::is_service_link;
use super::*;

fn set(pairs: &[&str]) -> Result<Settings, SettingsError> {
    let pairs: Vec<_> = pairs.iter().map(|text| Settings::pair(text).expect("it has a =")).collect();
    Settings::load(None, &pairs)
}

#[test]
fn a_door_is_off_or_at_an_address() {
    assert_eq!("off".parse(), Ok(Listen::Off));
    assert_eq!("9092".parse(), Ok(Listen::At(Address::loopback(9092))));
    assert!("".parse::<Listen>().is_err() && "localhost:x".parse::<Listen>().is_err());
}

#[test]
fn a_flag_wins_over_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("hence.toml");
    std::fs::write(&file, "durability = \"os\"\n[kafka]\nlisten = 7000\ndefault_partitions = 3\n").unwrap();
    let pair = Settings::pair("kafka.listen=off").unwrap();
    let settings = Settings::load(Some(&file), &[pair]).unwrap();
    assert_eq!(settings.kafka.listen, Listen::Off);
    assert_eq!((settings.kafka.default_partitions, settings.durability), (3, Durability::Os));
}

#[test]
fn numbers_words_and_paths_are_taken_by_set() {
    let settings =
        set(&["kafka.listen=9192", "journal.io=buffered", "data=/tmp/a b\"c", "allow_remote=true"]);
    let settings = settings.unwrap();
    assert_eq!(settings.kafka.listen, Listen::At(Address::loopback(9192)));
    assert_eq!((settings.journal.io, settings.allow_remote), (Io::Buffered, true));
    assert_eq!(settings.data, std::path::PathBuf::from("/tmp/a b\"c"));
}

#[tokio::test]
async fn who_listens_beyond_this_machine_must_say_that_it_is_meant() {
    let doors = ["kafka.listen=0.0.0.0:0", "http.listen=0.0.0.0:0", "http.listen=*:0", "kafka.listen=[::]:0"];
    for door in doors {
        let settings = set(&["durability=memory", "kafka.listen=off", "http.listen=off", door]).unwrap();
        let error = Server::start(settings).await.unwrap_err().to_string();
        assert!(
            error.contains("--allow-remote") && error.contains(door.split_once('=').unwrap().1),
            "{error}"
        );
    }
    let settings =
        set(&["durability=memory", "kafka.listen=0.0.0.0:0", "http.listen=*:0", "allow_remote=true"]);
    let server = Server::start(settings.unwrap()).await.unwrap();
    assert!(server.ready_line().contains("kafka=0.0.0.0:") && server.ready_line().contains("http=*:"));
    server.stop().await.unwrap();
}

#[test]
fn a_misspelt_key_or_value_is_named() {
    for (pair, word) in [
        ("kafka.lisen=1", "lisen"),
        ("durability=fast", "fast"),
        ("kafka.listen=now/here", "now/here"),
        ("http.allowed_hosts=x:80", "x:80"),
    ] {
        let error = set(&[pair]).unwrap_err().to_string();
        assert!(error.contains(word) && error.contains("config show"), "{error}");
        assert!(error.starts_with("the command line: "), "{error}");
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("hence.toml");
    std::fs::write(&file, "[kafka]\nlisen = 7000\n").unwrap();
    let error = Settings::load(Some(&file), &[]).unwrap_err().to_string();
    let expected =
        format!("{}: there is no setting kafka.lisen; in its place there are listen, ", file.display());
    assert!(error.starts_with(&expected), "{error}");
}

#[tokio::test]
async fn a_directory_that_does_not_open_is_told_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("letters.txt"), "dear").unwrap();
    let data = format!("data={}", dir.path().display());
    let doors = ["kafka.listen=off", "http.listen=off", &data];
    let error = Server::start(set(&doors).unwrap()).await.unwrap_err().to_string();
    assert!(
        error.contains("letters.txt") && error.ends_with("choose an empty directory with --data"),
        "{error}"
    );
    for small in ["journal.commit_bytes_max=5", "journal.cache_bytes=5"] {
        let settings = set(&["kafka.listen=off", "http.listen=off", "durability=memory", small]).unwrap();
        let error = Server::start(settings).await.unwrap_err().to_string();
        assert!(error.contains("set journal.commit_bytes_max to 1048576 or more"), "{error}");
    }
}

#[test]
fn a_value_that_would_break_the_ready_line_is_quoted() {
    for (text, value) in [
        ("hence-data", "hence-data"),
        ("/srv/größe\\x", "/srv/größe\\x"),
        ("/srv/my data", "\"/srv/my data\""),
        ("/srv/\"it\\s\"", "\"/srv/\\\"it\\\\s\\\"\""),
        ("a\nb", "\"a\\nb\""),
        ("it's", "\"it's\""),
    ] {
        assert_eq!(word(text.to_owned()), value);
    }
}

#[test]
fn connections_leave_files_for_the_journal() {
    let options = hence_broker::net::Options { connections_max: 20_000, ..Default::default() };
    let most = |open_files| doors::within(&options, open_files, 0.75).connections_max;
    assert_eq!([1 << 20, 20_000, 1_024, 4].map(most), [20_000, 14_232, 384, 1]);
}

#[test]
fn what_kubernetes_says_of_a_service_called_hence_is_no_setting() {
    for (name, value) in [
        ("SERVICE_HOST", "10.0.0.1"),
        ("SERVICE_PORT", "9092"),
        ("SERVICE_PORT_KAFKA", "9092"),
        ("PORT", "tcp://10.0.0.1:9092"),
        ("PORT_9092_TCP", "tcp://10.0.0.1:9092"),
        ("PORT_9092_TCP_ADDR", "10.0.0.1"),
        ("KAFKA_PORT", "tcp://10.0.0.1:9092"),
        ("KAFKA_SERVICE_HOST", "10.0.0.1"),
    ] {
        assert!(is_service_link(name, value), "{name}");
    }
    for (name, value) in
        [("PORT", "9092"), ("KAFKA_PORT", "9092"), ("KAFKA__LISTEN", "9092"), ("DATA", "/tcp://")]
    {
        assert!(!is_service_link(name, value), "{name}");
    }
}

#[test]
fn every_setting_is_shown() {
    let shown = toml::to_string(&Settings::default()).unwrap();
    assert!(shown.contains("advertised = \"\"\n"), "{shown}");
    assert_eq!(Settings::default().kafka.advertised, None);
}

#[test]
fn what_show_prints_is_a_file_that_gives_the_same_settings() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("hence.toml");
    let pairs =
        ["http.listen=off", "http.allowed_hosts=a.example.org,b", "kafka.advertised=example.org:9092"];
    let settings = set(&pairs).unwrap();
    std::fs::write(&file, toml::to_string(&settings).unwrap()).unwrap();
    assert_eq!(Settings::load(Some(&file), &[]).unwrap(), settings);
}

#[test]
fn the_file_of_the_documentation_is_one_that_is_taken() {
    let page = include_str!("../../../../docs/operating.md");
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("hence.toml");
    std::fs::write(&file, text).unwrap();
    let settings = Settings::load(Some(&file), &[]).unwrap();
    assert_eq!((settings.kafka.default_partitions, settings.listener.drain_ms), (3, 5_000));
    assert!(settings.kafka.accept_replication_factor);
}
