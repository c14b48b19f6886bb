//! A served door and a client for it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hence_broker::net::{Address, Drain, Listener, Options as NetOptions};
use hence_broker::{Broker, CoreSettings, Options, Recovery};
use hence_door_http::{About, AllowedHosts, Damage, DamagedBlock};
use hence_journal::Journal;
use hence_journal::memory::{MemoryJournal, Options as MemoryOptions};
use reqwest::{Method, Response};
use serde_json::Value;
use tokio::task::JoinHandle;

pub const PATIENCE: Duration = Duration::from_secs(10);

pub struct Served {
    pub broker: Broker,
    pub journal: Arc<dyn Journal>,
    pub drain: Drain,
    pub port: u16,
    pub task: JoinHandle<std::io::Result<()>>,
    /// What the store will say is damaged.
    pub damaged: Arc<Mutex<Vec<DamagedBlock>>>,
    client: reqwest::Client,
}

/// Partitions of a topic that names no count.
pub const DEFAULT_PARTITIONS: i32 = 2;

impl Served {
    pub async fn start() -> Self {
        let memory = MemoryOptions { identity: [7; 16], ..MemoryOptions::default() };
        let opening = memory.opening();
        let journal = MemoryJournal::new(memory);
        let recovery = Recovery::new(CoreSettings::default());
        let broker = Broker::start(recovery, Arc::clone(&journal), opening, &Options::default())
            .await
            .expect("starts");
        let listener = Listener::bind("http", &Address::loopback(0), NetOptions::default()).expect("binds");
        let (port, drain) = (listener.port(), Drain::new());
        let damaged: Arc<Mutex<Vec<DamagedBlock>>> = Arc::default();
        let about = About {
            version: "1.2.3".to_owned(),
            durability: "memory".to_owned(),
            listeners: vec![("http".to_owned(), format!("localhost:{port}"))],
            default_partitions: DEFAULT_PARTITIONS,
            damage: Damage::asked_of({
                let damaged = Arc::clone(&damaged);
                move || damaged.lock().expect("no test panics with it").clone()
            }),
        };
        let task = tokio::spawn({
            let (broker, drain) = (broker.clone(), drain.clone());
            async move { hence_door_http::serve(broker, listener, &drain, about, &AllowedHosts::default()).await }
        });
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        Self { broker, journal, drain, port, task, damaged, client }
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let mut request = self.client.request(method, format!("http://127.0.0.1:{}{path}", self.port));
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.expect("an answer")
    }

    /// Sends and expects a JSON answer with `status`.
    pub async fn json(&self, method: Method, path: &str, body: Option<Value>, status: u16) -> Value {
        let response = self.send(method, path, body).await;
        let got = response.status().as_u16();
        let text = response.text().await.expect("a body");
        assert_eq!(got, status, "{path}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
    }

    pub async fn get(&self, path: &str, status: u16) -> Value {
        self.json(Method::GET, path, None, status).await
    }

    /// Sends and expects a problem with `status` whose detail contains `text`.
    pub async fn problem(&self, method: Method, path: &str, body: Option<Value>, status: u16, text: &str) {
        let response = self.send(method, path, body).await;
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{path}");
        let got = response.status().as_u16();
        let problem: Value = response.json().await.expect("a problem");
        assert_eq!((got, problem["status"].as_u64()), (status, Some(u64::from(status))), "{problem}");
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(text)), "{problem}");
    }
}
